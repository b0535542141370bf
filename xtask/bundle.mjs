// Bundles an entry with esbuild: node bundle.mjs <entry> <outfile> <folder of the generated glue>
import { build } from "esbuild";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const [entry, outfile, folder] = process.argv.slice(2).map((argument) => path.resolve(argument));
const glue = path.join(folder, "catalyze_signin_bg.js");

// The build has given the module short names. The glue defines what the module imports, as exports of its own …
const { imports, exports: properties } = JSON.parse(readFileSync(path.join(folder, "names.json"), "utf8"));
const { metafile } = await build({ entryPoints: [glue], write: false, metafile: true, format: "esm", outdir: folder });
const [{ exports }] = Object.values(metafile.outputs);
const renamed = exports.map((name) => (name in imports ? `${name} as ${imports[name]}` : name));

const generated = {
  name: "generated",
  setup({ onResolve, onLoad }) {
    // The entry lives in src/, the glue among the build's products.
    onResolve({ filter: /\/catalyze_signin_bg\.js$/ }, ({ namespace }) =>
      namespace === "file" ? { path: glue, namespace: "renamed" } : { path: glue },
    );
    onLoad({ filter: /.*/, namespace: "renamed" }, () => ({
      contents: `export { ${renamed.join(", ")} } from "./catalyze_signin_bg.js";`,
      resolveDir: folder,
    }));
    // wasm-bindgen copies the JavaScript that Rust imports; the original keeps one class one class.
    onResolve({ filter: /\/snippets\// }, ({ path: name }) => {
      const original = path.resolve(name.replace(/^.*\/snippets\/[^/]+\//, ""));
      return existsSync(original) ? { path: original } : undefined;
    });
  },
};

await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  // … and reads what the module exports as properties.
  mangleProps: new RegExp(`^(?:${Object.keys(properties).join("|")})$`),
  mangleCache: properties,
  external: ["*.wasm", "./module.js"],
  plugins: [generated],
  logLevel: "warning",
});
