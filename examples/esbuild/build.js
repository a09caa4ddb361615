import { build } from "esbuild";

await build({
  // esbuild leaves `new URL("./…", import.meta.url)` as it is: the two files come beside the bundle
  entryPoints: { main: "main.js", worker: "plimsoll/worker.js", plimsoll: "plimsoll/plimsoll.wasm" },
  loader: { ".wasm": "copy" },
  outdir: "dist",
  bundle: true,
  format: "esm",
  minify: true,
});
