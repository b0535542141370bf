// Bundles js/ for the package: node bundle.mjs <folder of the generated glue> <folder of the package>
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const [folder, outdir] = process.argv.slice(2).map((argument) => path.resolve(argument));
const source = path.resolve("js");
const glue = path.join(folder, "catalyze_signin_bg.js");

// The build has given the module short names. The glue exports what the module imports, under these names …
const { imports, exports: properties } = JSON.parse(readFileSync(path.join(folder, "names.json"), "utf8"));
const { metafile } = await build({ entryPoints: [glue], write: false, metafile: true, format: "esm", outdir: folder });
const [{ exports }] = Object.values(metafile.outputs);
const wanted = new Set(imports.map(({ name }) => name));
const contents = [
  ...imports.map(({ short, name, from }) => `export { ${name} as ${short} } from "${from}";`),
  `export { ${exports.filter((name) => !wanted.has(name)).join(", ")} } from "./catalyze_signin_bg.js";`,
].join("\n");

// Each instance of the module needs glue of its own, so the glue becomes a function that makes it. The JavaScript that
// Rust imports stays outside of that function. (wasm-bindgen copies it to its snippets.)
const outside = {
  name: "outside",
  setup({ onResolve }) {
    onResolve({ filter: /\/snippets\// }, ({ path: name }) => {
      return { path: path.resolve(name.replace(/^.*\/snippets\/[^/]+\//, "")), external: true };
    });
  },
};
const { outputFiles } = await build({
  stdin: { contents, resolveDir: folder },
  write: false,
  bundle: true,
  format: "esm",
  plugins: [outside],
});
// esbuild ends a module with one list of exports, which becomes the object that the function returns. Imports stay
// outside. (The wrapper that esbuild makes for CommonJS would take 400 bytes more.)
const imported = [];
const inner = outputFiles[0].text
  .replace(/^import \{[^}]*\} from "[^"]*";$/gm, (line) => (imported.push(line), ""))
  .replace(/^export \{([^}]*)\};\s*$/m, (_, list) => `return {${list.replace(/(\w+) as (\w+)/g, "$2: $1")}};`);
const generated = {
  name: "generated",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/catalyze_signin_bg\.js$/ }, () => ({ path: glue, namespace: "glue" }));
    onLoad({ filter: /.*/, namespace: "glue" }, () => ({
      contents: `${imported.join("\n")}\nexport default () => { ${inner} };`,
      resolveDir: folder,
    }));
  },
};

const options = {
  outdir,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
};
await build({
  ...options,
  entryPoints: [path.join(source, "client.js")],
  // … and reads the module's exports as properties, under the short names as well.
  mangleProps: new RegExp(`^(?:${Object.keys(properties).join("|")})$`),
  mangleCache: properties,
  plugins: [generated],
});
await build({
  ...options,
  entryPoints: ["index.js", "workerd.js"].map((name) => path.join(source, name)),
  external: ["*.wasm", "./module.js", "./client.js"],
});
// For the edge runtime of Next, whose bundler compiles ahead of time what is imported with this query.
const workerd = readFileSync(path.join(outdir, "workerd.js"), "utf8");
writeFileSync(path.join(outdir, "edge-light.js"), workerd.replace(".wasm", ".wasm?module"));
