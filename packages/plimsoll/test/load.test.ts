import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { createEngine, LoadError, venues } from "../dist/index.js";

const dist = new URL("../dist/", import.meta.url);
const wasm = readFileSync(new URL("plimsoll.wasm", dist));

test("the module may come as a URL, an address, bytes, a compiled module or a response", async () => {
  const url = new URL("plimsoll.wasm", dist);
  const response = () => new Response(wasm, { headers: { "content-type": "application/wasm" } });
  const sources = [
    url,
    url.href,
    wasm,
    wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length),
    new WebAssembly.Module(wasm),
  ];
  for (const source of [...sources, response(), Promise.resolve(response()), new Response(wasm)]) {
    const engine = await createEngine({ wasm: source });
    expect(engine.totals().accounts).toBe(0);
    engine.dispose();
  }
});

test("a module that cannot be had is named", async () => {
  const failure = async (source: Parameters<typeof createEngine>[0]) => {
    const error = await createEngine(source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LoadError);
    return error as LoadError;
  };
  const missing = new URL("nowhere.wasm", dist);
  expect(await failure({ wasm: missing })).toMatchObject({ code: "LOAD_FAILED", received: missing.href });
  expect(await failure({ wasm: new Response("", { status: 404 }) })).toMatchObject({ code: "LOAD_FAILED" });
  expect(await failure({ wasm: new Uint8Array([1, 2, 3]) })).toMatchObject({ code: "INVALID_WASM" });
  // a module that is valid and not ours: the eight bytes of an empty one
  expect(await failure({ wasm: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]) })).toMatchObject({
    code: "INVALID_WASM",
  });
});

test("a runtime without SIMD is told so", async () => {
  const { validate } = WebAssembly;
  WebAssembly.validate = () => false;
  try {
    await expect(createEngine()).rejects.toMatchObject({ code: "SIMD_UNSUPPORTED" });
  } finally {
    WebAssembly.validate = validate;
  }
});

test("a tick allocates neither on the JavaScript heap nor in the engine's memory", () => {
  const program = `
    const { createEngine, venues } = await import(${JSON.stringify(new URL("index.js", dist).href)});
    const engine = await createEngine({ model: venues.hyperliquid() });
    const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
    const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
    engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
    const { instrument, mark, timeMs } = engine.ticks;
    instrument.fill(btc);
    const equity = new Float64Array(1);
    const coin = engine.addAsset({ id: "stBTC" });
    const underlying = engine.underlying("BTC");
    const price = { price: 60_000, timeMs: 0 };
    let time = 0;
    const batch = () => {
      for (let row = 0; row < 1000; row++) { mark[row] = 60000 + (row & 255); timeMs[row] = ++time; }
      if (engine.applyTicks(1000) !== 1000) throw new Error("rejected");
      for (let lone = 0; lone < 100; lone++) { engine.tickAsset(coin, price); engine.tickUnderlying(underlying, price); }
      for (let read = 0; read < 100; read++) equity[0] = engine.columns().equity[0];
    };
    const bytes = engine.stats().memoryBytes;
    let heap = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      gc();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 1000; i++) batch();
      heap = Math.min(heap, process.memoryUsage().heapUsed - before);
    }
    console.log(JSON.stringify({ heap, memory: engine.stats().memoryBytes - bytes }));`;
  // with a young generation so large, what is allocated stays on the heap until it is counted
  const flags = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=512", "--input-type=module"];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, "-e", program], { encoding: "utf8" });
  expect(stderr).toBe("");
  const { heap, memory } = JSON.parse(stdout);
  expect(memory).toBe(0);
  // of a million ticks, a hundred thousand of each kind of price and as many columnar reads: a boxed number for each read would be more than 1 MB
  expect(heap).toBeLessThan(500_000);
});

test("an engine does without structuredClone, which Jest's jsdom has not", async () => {
  vi.stubGlobal("structuredClone", undefined);
  try {
    const engine = await createEngine({ model: venues.binanceUsdm() });
    const perp = engine.addInstrument({ id: "BTCUSDT", kind: "perp", underlying: "BTC" });
    const me = engine.addAccount({ id: "me", collateral: { USDT: 1_000_000 } });
    engine.setPosition(me, perp, { size: 1, entryPrice: 60_000 });
    engine.tick(perp, { mark: 60_000, timeMs: 1 });
    // 60,000 lies between 50,000 and 600,000: 0.5 % less 50
    expect(engine.assess(me).maintenance).toBe(250);
    engine.dispose();
  } finally {
    vi.unstubAllGlobals();
  }
});

test("the first program of the README runs as a plain file and prints what stands there", () => {
  const file = fileURLToPath(new URL("first-program.mjs", import.meta.url));
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const [, ...program] = readFileSync(file, "utf8").replace("../dist/index.js", "plimsoll").split("\n");
  expect(readme).toContain(program.join("\n"));
  expect(readme).toContain("It prints `3.8558` and `44983.16`.");
  const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toContain("3.8558");
  expect(stdout).toContain("44983.16");
});

test("hosting an engine anywhere but in a worker is refused by name", async () => {
  const { hostEngine } = await import("../dist/host.js");
  expect(() => hostEngine()).toThrowError(
    expect.objectContaining({ name: "ConfigError", code: "NOT_APPLICABLE", path: "hostEngine" }),
  );
});

test("hosting an engine that is there already is refused by name, since a crash would lose it", async () => {
  const { hostEngine } = await import("../dist/host.js");
  const engine = await createEngine();
  expect(() => hostEngine(engine as never)).toThrowError(
    expect.objectContaining({
      name: "ConfigError",
      path: "hostEngine.source",
      expected: "a function that makes an engine",
    }),
  );
  engine.dispose();
});
