/** Every entry's types in a program of its user; `npm run packaging -- types` checks it under the libraries that users have. */
import { type BandEvent, createEngine, createWorkerEngine, PlimsollError, venues, type WorkerEngine } from "plimsoll";
import * as inline from "plimsoll/inline";
import { greeks, loadMath, ResidentGreeks } from "plimsoll/math";
import * as slim from "plimsoll/slim";
import { hostEngine } from "plimsoll/worker";

const here = await createEngine({ model: venues.hyperliquid() });
here.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
// @ts-expect-error no method of an engine: what cannot be resolved must not become any
here.nonsense();

const there: WorkerEngine = await createWorkerEngine({ workers: 2, wasm: new ArrayBuffer(0) });
const btc = await there.addInstrument({ id: "BTC-PERP", kind: "perp", underlying: "BTC", maxLeverage: 50 });
there.tick(btc, { mark: 60_950, timeMs: 0 });
// @ts-expect-error no method of an engine in workers either
there.nonsense();
export const health: number = (await there.assess(await there.addAccount({ id: "me" }))).equity;
export const off: () => void = there.subscribe((event: BandEvent) => event.sequence);
await there.dispose();

await loadMath();
new ResidentGreeks({ rows: 1 }).dispose();
hostEngine();

export { greeks, inline, PlimsollError, slim };
