/** What docstrings of public names show: their examples, which one test runs and another compiles. */
import { readFileSync } from "node:fs";

/** Sources of the names that the package exports. */
export const FILES = [
  "types/engine.ts",
  "errors.ts",
  "engine/create-engine.ts",
  "worker/create-worker-engine.ts",
  "venues.ts",
  "names.ts",
  "math/greeks.ts",
  "math/units.ts",
  "math/elementary.ts",
  "math/load-math.ts",
  "math/resident.ts",
  "math/chain.ts",
  "math/contracts.ts",
  "math/surface.ts",
];

/** What examples stand on, as the docstring of `Engine` says. */
export const PRELUDE = `
  const engine = await createEngine({ model: venues.hyperliquid() });
  const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
  const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  engine.tick(btc, { mark: 60_950, timeMs: 1 });
  await loadMath();`;

export const sourceOf = (file: string) => readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");

/** Docstrings with the line of code that follows each. */
export function docstrings(source: string): { text: string; subject: string }[] {
  return [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*([^\n]*)/g)].map(([, text = "", subject = ""]) => {
    return { text: text.replaceAll(/^\s*\* ?/gm, ""), subject: subject.trim() };
  });
}

export function exampleIn(text: string): string | undefined {
  return text.split("@example")[1]?.split(/^@\w+/m)[0];
}
