// @ts-check
// References that keep nothing alive. workerd has neither `WeakRef` nor `FinalizationRegistry` before 2024.

/**
 * A reference that does not keep `value` alive, except where there is no `WeakRef`.
 *
 * @template {object} T
 * @param {T} value
 * @returns {{ deref(): T | undefined }}
 */
export const weakly = (value) => (typeof WeakRef === "function" ? new WeakRef(value) : { deref: () => value });

/** `collected.register(object, work)` calls `work` when `object` has been collected. */
export const collected =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry((/** @type {() => void} */ release) => release())
    : undefined;
