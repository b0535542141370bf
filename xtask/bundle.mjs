// Bundles an entry with esbuild: node bundle.mjs <entry> <outfile> <folder of the generated glue>
import { build } from "esbuild";
import { existsSync } from "node:fs";
import path from "node:path";

const [entry, outfile, glue] = process.argv.slice(2).map((argument) => path.resolve(argument));

const generated = {
  name: "generated",
  setup({ onResolve }) {
    // The entry lives in src/, the glue among the build's products.
    onResolve({ filter: /_bg\.js$/ }, ({ path: name }) => ({ path: path.join(glue, path.basename(name)) }));
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
  external: ["*.wasm", "./module.js"],
  plugins: [generated],
  logLevel: "warning",
});
