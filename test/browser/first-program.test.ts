import { createEngine, type Engine, venues } from "plimsoll";
import { expect, test } from "vitest";
import { BROWSER_NAMES, whyNot } from "./browsers.mjs";
import { openSite } from "./site.js";

/** The first program, up to its last tick; its source runs on the page too. */
function firstProgram(engine: Engine) {
  const btc = engine.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", quote: "USDC", maxLeverage: 50 });
  const me = engine.addAccount({ id: "me", collateral: { USDC: 25_000 } });
  engine.setPosition(me, btc, { size: 1.5, entryPrice: 61_200 });
  engine.tick(btc, { mark: 60_950, timeMs: 1 });
  return me;
}

interface Figures {
  readonly equity: number;
  readonly leverage: { readonly state: string; readonly value: number };
  readonly down: readonly number[];
  readonly digest: string;
  readonly failure: string;
}

test.for(BROWSER_NAMES)("the first program gives its figures on a page in %s", async (browser, { skip }) => {
  const reason = whyNot(browser);
  if (reason !== undefined) skip(reason);
  const { requests, answer, faults, close } = await openSite(browser);
  try {
    const figures = await answer<Figures>(
      `import { createEngine, venues } from "plimsoll";
      ${firstProgram}
      const engine = await createEngine({ model: venues.hyperliquid() });
      const { equity, leverage, liquidation } = engine.assess(firstProgram(engine));
      const failure = await createEngine({ wasm: "/nowhere.wasm" }).catch((error) => error.code);
      const down = liquidation.for("BTC").down.map(({ price }) => price);
      const answer = { equity, leverage: leverage.maintenance, down, digest: engine.digest(), failure };`,
    );
    // by hand in test/contract/suite.ts
    expect(figures.equity).toBe(24_625);
    expect(figures.leverage.state).toBe("finite");
    expect(figures.leverage.value.toFixed(4)).toBe("3.8558");
    expect(figures.down.map((price) => price.toFixed(2))).toEqual(["44983.16"]);
    expect(figures.failure).toBe("LOAD_FAILED");
    expect(requests.filter((name) => name.endsWith("/plimsoll.wasm"))).toHaveLength(1);
    expect(await faults()).toEqual([]);

    const here = await createEngine({ model: venues.hyperliquid() });
    firstProgram(here);
    expect(figures.digest).toBe(here.digest());
  } finally {
    await close();
  }
});
