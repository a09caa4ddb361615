// The module and the worker's script are served from places and under names of the user's own.
import { cpSync } from "node:fs";
import { build } from "esbuild";

cpSync("node_modules/plimsoll/dist/plimsoll.wasm", "assets/core.wasm");
cpSync("node_modules/plimsoll/dist/worker.js", "assets/risk-worker.js");
await build({ entryPoints: ["main.js"], outdir: "dist", bundle: true, format: "esm", minify: true });
