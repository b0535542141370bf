// Modules that trap: the package's own, changed so that the nth way into an instance ends in `unreachable`.
//
// No hook for tests ships in the package, and init() takes bytes. Whatever of the module is entered,
// an export or a callback, is a function it exports, so counting those reaches every place.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";

/** The package under test: pkg/, or another folder for mutants of it. */
export const packageFolder = process.env.PACKAGE ?? fileURLToPath(new URL("../../pkg/", import.meta.url));

export const goodModule = () => readFile(join(packageFolder, "catalyze_signin_bg.wasm"));

/** The module that "good" or "trap-<n>" names. */
export async function moduleNamed(name) {
  const bytes = await goodModule();
  const n = Number(/^trap-(\d+)$/.exec(name)?.[1]);
  return n ? trapping(bytes, n) : bytes;
}

/** The module that traps when it is entered for the `n`th time. The first is its start, the second a call. */
export function trapping(bytes, n) {
  const module = binaryen.readBinary(bytes);
  // The module no longer says what it uses: the build takes that section away.
  const { BulkMemory, BulkMemoryOpt, ReferenceTypes, Multivalue, NontrappingFPToInt, SignExt, MutableGlobals } = binaryen.Features;
  module.setFeatures(BulkMemory | BulkMemoryOpt | ReferenceTypes | Multivalue | NontrappingFPToInt | SignExt | MutableGlobals);
  module.addGlobal("left", binaryen.i32, true, module.i32.const(n));
  const exports = Array.from({ length: module.getNumExports() }, (_, index) =>
    binaryen.getExportInfo(module.getExportByIndex(index)),
  );
  for (const { name, kind, value } of exports) {
    if (kind !== binaryen.ExternalFunction) continue;
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
    const types = binaryen.expandType(params);
    const call = module.call(value, types.map((type, index) => module.local.get(index, type)), results);
    module.addFunction(`enter ${name}`, params, results, [], module.block(null, [
      module.global.set("left", module.i32.sub(module.global.get("left", binaryen.i32), module.i32.const(1))),
      module.if(module.i32.eqz(module.global.get("left", binaryen.i32)), module.unreachable()),
      call,
    ], results));
    module.removeExport(name);
    module.addFunctionExport(`enter ${name}`, name);
  }
  if (!module.validate()) throw new Error("the changed module is not valid");
  const changed = module.emitBinary();
  module.dispose();
  return changed;
}
