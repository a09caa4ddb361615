import { Miniflare } from "miniflare";

const server = new Miniflare({
  rootPath: "dist",
  scriptPath: "main.js",
  modules: true,
  modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
  compatibilityDate: "2026-06-01",
});
console.log(await (await server.dispatchFetch("http://localhost/")).text());
await server.dispose();
