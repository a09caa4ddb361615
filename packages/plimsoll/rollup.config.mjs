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
  plugins: [withoutDocstrings()],
  onwarn(warning) {
    throw new Error(warning.message);
  },
};

/** Takes docstrings out, which the types carry; lines stay where they are, so that source maps hold. */
function withoutDocstrings() {
  const DOCSTRING = /^[ \t]*\/\*\*[\s\S]*?\*\/$/gm;
  return {
    name: "without-docstrings",
    renderChunk: (code) => ({ code: code.replaceAll(DOCSTRING, (text) => text.replaceAll(/[^\n]+/g, "")), map: null }),
  };
}
