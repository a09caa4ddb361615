import { build } from "esbuild";

await build({
  entryPoints: ["main.js"],
  conditions: ["workerd"],
  loader: { ".wasm": "copy" },
  outdir: "dist",
  bundle: true,
  format: "esm",
});
