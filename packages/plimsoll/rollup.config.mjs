import { nodeResolve } from "@rollup/plugin-node-resolve";
import { minify } from "terser";

// Bundles the compiled TypeScript into one file per entry and one that they share; nothing is left to be installed beside
// them. The set-up copies the binary and the types.
export default {
  input: {
    index: ".build/index.js",
    math: ".build/math.js",
    host: ".build/worker/host.js",
    worker: ".build/worker/worker.js",
  },
  external: /^node:/,
  output: {
    dir: "dist",
    format: "es",
    sourcemap: true,
    chunkFileNames: "[name].js",
  },
  plugins: [nodeResolve(), minified()],
  onwarn(warning) {
    throw new Error(warning.message);
  },
};

/** Shortens what nobody sees; functions and classes keep their names, so that a stack can be read without its source map. */
function minified() {
  return {
    name: "minified",
    renderChunk: (code) =>
      minify(code, {
        module: true,
        ecma: 2022,
        keep_fnames: true,
        keep_classnames: true,
        sourceMap: true,
        // an uncaught error shows the line that threw it
        format: { max_line_len: 160 },
      }),
  };
}
