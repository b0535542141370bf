// Modules that trap: the package's own module, changed so that the nth entry into an instance ends in `unreachable`.
//
// The package has no hook for tests, but init() takes bytes. Every entry into the module is a call of a function that
// it exports, so counting these calls reaches every place where it can trap.
import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import binaryen from "binaryen";

/** The package under test: pkg/, or another folder for mutants of it. */
export const packageFolder = realpathSync(process.env.PACKAGE ?? fileURLToPath(new URL("../../pkg/", import.meta.url)));

/** The URL that Node imports the package from, with a slash at its end. */
export const packageUrl = pathToFileURL(packageFolder + sep).href;

export const goodModule = () => readFile(join(packageFolder, "catalyze_signin_bg.wasm"));

/** The module of that name: "good" or "trap-<n>". */
export async function moduleNamed(name) {
  const n = Number(/^trap-(\d+)$/.exec(name)?.[1]);
  return n ? trapping(n) : goodModule();
}

/** The module that traps when it is entered for the `n`th time. The first entry is its start, the second is a call. */
export async function trapping(n) {
  const bytes = Uint8Array.from(await (template ??= counting(await goodModule())));
  const place = Buffer.from(bytes).indexOf(signed(MANY));
  bytes.set([(n & 127) | 128, (n >> 7) | 128, 128, 128, 0], place);
  return bytes;
}

// A global counts the entries that are left. Its start value occurs nowhere else in the module and is overwritten in
// the finished bytes, since building a changed module for each number would take minutes.
const MANY = 0x7ffffff1;
const signed = (number) =>
  Buffer.from([0, 7, 14, 21, 28].map((shift) => ((number >> shift) & 127) | (shift < 28 ? 128 : 0)));
let template;

function counting(bytes) {
  const module = binaryen.readBinary(bytes);
  // The build removes the section that says which features the module uses.
  const { BulkMemory, BulkMemoryOpt, ReferenceTypes, Multivalue, NontrappingFPToInt, SignExt, MutableGlobals } =
    binaryen.Features;
  module.setFeatures(
    BulkMemory | BulkMemoryOpt | ReferenceTypes | Multivalue | NontrappingFPToInt | SignExt | MutableGlobals,
  );
  const { i32 } = module;
  module.addGlobal("left", binaryen.i32, true, i32.const(MANY));
  const left = () => module.global.get("left", binaryen.i32);
  const exports = Array.from({ length: module.getNumExports() }, (_, index) =>
    binaryen.getExportInfo(module.getExportByIndex(index)),
  );
  for (const { name, kind, value } of exports) {
    if (kind !== binaryen.ExternalFunction) continue;
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
    const given = binaryen.expandType(params).map((type, index) => module.local.get(index, type));
    const body = [
      module.global.set("left", i32.sub(left(), i32.const(1))),
      module.if(i32.eqz(left()), module.unreachable()),
      module.call(value, given, results),
    ];
    module.addFunction(`enter ${name}`, params, results, [], module.block(null, body, results));
    module.removeExport(name);
    module.addFunctionExport(`enter ${name}`, name);
  }
  if (!module.validate()) throw new Error("the changed module is not valid");
  const changed = module.emitBinary();
  module.dispose();
  return changed;
}
