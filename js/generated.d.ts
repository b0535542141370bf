// Types of the files that the build makes. For the type checker only; not published.

declare module "*/catalyze_signin_bg.js" {
  /** wasm-bindgen's glue for one instance: what the module imports, and its two exports. */
  export default function makeGlue(): {
    __wbg_set_wasm(exports: WebAssembly.Exports): void;
    request(task: Uint8Array): void;
    interpret(answer: Uint8Array, body: Uint8Array): void;
  } & WebAssembly.ModuleImports;
}

declare module "*/catalyze_signin_bg.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*/module.js" {
  export const marks: string;
  export const text: string;
}
