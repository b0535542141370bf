/** `T` with every field present, at every level. */
export type Whole<T> = T extends readonly (infer Element)[]
  ? readonly Whole<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: Whole<NonNullable<T[Key]>> }
    : T;
