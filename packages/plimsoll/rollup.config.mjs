import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { wasm } from "@rollup/plugin-wasm";
import { minify } from "terser";

// Bundles the compiled TypeScript; nothing is left to be installed beside it. The set-up puts the binary and the types there.
const CORE = fileURLToPath(new URL("dist/plimsoll.wasm", import.meta.url));
const WORKER = "dist/worker.js";

const CHUNKS = {
  core: ["checks", "core/core", "core/layout", "core/loader", "disposal", "errors", "surface"],
  engine: [
    ...[
      "answers",
      "bulk",
      "catalog",
      "columns",
      "engine",
      "instrument",
      "margin",
      "name-table",
      "registry",
      "snapshot",
      "ticks",
      "top",
      "totals",
    ].map((name) => `engine/${name}`),
    ...["cloned", "event-log", "event-stream", "names", "options", "venues"],
    ...["worker/engine", "worker/platform"],
  ],
};

const common = {
  external: [/^node:/, "#compiled"],
  treeshake: { moduleSideEffects: false },
  onwarn(warning) {
    throw new Error(warning.message);
  },
};

export default [
  // one file without imports: whatever a bundler does with it, or a person who copies it, it works
  {
    ...common,
    input: ".build/entry/worker.js",
    output: output({ file: WORKER }),
    plugins: [nodeResolve(), minified()],
  },
  // a file per entry and those that they share, so that an error or engine of one entry is known to the others
  {
    ...common,
    input: {
      index: ".build/index.js",
      math: ".build/math.js",
      host: ".build/worker/host.js",
      slim: ".build/entry/slim.js",
      workerd: ".build/entry/workerd.js",
      "workerd-math": ".build/entry/workerd-math.js",
    },
    output: output({
      dir: "dist",
      chunkFileNames: "[name].js",
      manualChunks: chunkOf,
      onlyExplicitManualChunks: true,
      paths: { "#compiled": "./plimsoll.wasm" },
    }),
    plugins: [nodeResolve(), minified()],
  },
  // one file with everything in it
  {
    ...common,
    input: ".build/entry/inline.js",
    output: output({ file: "dist/inline.js", inlineDynamicImports: true }),
    plugins: [inlined(), wasm({ targetEnv: "auto-inline" }), nodeResolve(), minified()],
  },
];

/** What all entries share is one file, and what those with engines share another, since each file takes a while of its own to load. */
function chunkOf(id) {
  const [, name] = /\.build\/(.+)\.js$/.exec(id) ?? [];
  const chunk = Object.keys(CHUNKS).find((each) => CHUNKS[each].includes(name));
  if (chunk !== undefined) return chunk;
  if (/^math\/(?!load-math$)/.test(name)) return "mathematics";
  // pools and both ends of what goes between threads: gzip finds what they have in common; what workers alone do is not for those who ask
  return /^worker\/(?!(answer|batch|host|join)$|create)/.test(name) || id.includes("comlink") ? "pool" : undefined;
}

function output(where) {
  return { format: "es", sourcemap: true, ...where };
}

/** Gives the imports that begin with `#inlined/` what they stand for. */
function inlined() {
  return {
    name: "inlined",
    resolveId(id) {
      if (id === "#inlined/plimsoll.wasm") return CORE;
      return id === "#inlined/worker.js" ? `\0${id}` : null;
    },
    load(id) {
      if (id !== "\0#inlined/worker.js") return null;
      const script = readFileSync(WORKER, "utf8").replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n");
      return `export default ${JSON.stringify(script)};`;
    },
  };
}

/** Shortens what nobody sees; classes and their methods keep their names, so that a stack can be read without its source map. */
function minified() {
  return {
    name: "minified",
    renderChunk: (code) =>
      minify(code, {
        module: true,
        ecma: 2022,
        keep_classnames: true,
        sourceMap: true,
        compress: {
          // a function that is called in one place is not made anew there at every call
          reduce_funcs: false,
          // what gzip makes the least of
          passes: 3,
          sequences: false,
          comparisons: false,
          lhs_constants: false,
        },
        // an uncaught error shows the line that threw it; V8 keeps a text of ASCII in half the memory
        format: { semicolons: false, max_line_len: 1000, ascii_only: true },
      }),
  };
}
