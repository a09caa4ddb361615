// Bundles the compiled TypeScript and wasm-bindgen's glue into one file per entry and what they share; nothing is left to
// be installed beside them. The set-up copies the binary and the types.
export default {
  input: { index: ".build/index.js", math: ".build/math.js" },
  external: /^node:/,
  output: {
    dir: "dist",
    format: "es",
    sourcemap: true,
    chunkFileNames: "[name].js",
  },
  onwarn(warning) {
    throw new Error(warning.message);
  },
};
