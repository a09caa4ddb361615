/** How large is an engine as bytes, and how long does the way there and back take? */
import { createEngine } from "plimsoll";
import { WrongAnswer } from "../answers.mjs";
import { measure, sampler } from "../harness.mjs";
import { seededBook } from "../inputs/book.mjs";
import { EngineWithBook } from "../inputs/engine.mjs";
import { alone, counted } from "../row.mjs";

export const name = "snapshot";

const SHAPE = { accounts: 100_000, positions: 20, seed: 20 };
const SHORT_SHAPE = { ...SHAPE, accounts: 4_000 };
/**
 * Bytes per position that a file may take: a position's fields are 36, and the rest is its share of its account, which has 20, and
 * of the terms of 2,000 instruments, which weigh more beside few accounts.
 */
const BYTES_PER_POSITION_MAX = 42;
const BYTES_PER_POSITION_MAX_SHORT = 56;

/** @param {{ isShort: boolean }} options */
export async function run({ isShort }) {
  const shape = isShort ? SHORT_SHAPE : SHAPE;
  const book = seededBook(shape);
  const ours = await EngineWithBook.of(book);
  ours.assess(book.prices[0]);
  const { engine } = ours;
  const bytes = engine.snapshot();
  const restored = await createEngine({ snapshot: bytes });
  for (const figure of /** @type {const} */ (["equity", "initial", "maintenance", "positionValue"])) {
    const [before, after] = [engine, restored].map((engine) => engine.totals()[figure]);
    if (before !== after) throw new WrongAnswer(`total ${figure} after a restoration: ${after}, before it ${before}`);
  }
  restored.dispose();
  const timing = await measure({
    snapshot: sampler(() => engine.snapshot(), 1),
    async restore() {
      const before = process.cpuUsage();
      const again = await createEngine({ snapshot: bytes });
      const { user, system } = process.cpuUsage(before);
      again.dispose();
      return (user + system) * 1_000;
    },
  });
  engine.dispose();
  const positions = shape.accounts * shape.positions;
  const said = `${shape.accounts.toLocaleString("en")} accounts of ${shape.positions} positions`;
  return [
    alone({ work: `snapshot, ${said}`, timing, ours: "snapshot", unit: "ns" }),
    alone({ work: `restore, ${said}`, timing, ours: "restore", unit: "ns" }),
    counted({
      work: `size of a snapshot, ${said}`,
      figure: bytes.length / positions,
      goal: { max: isShort ? BYTES_PER_POSITION_MAX_SHORT : BYTES_PER_POSITION_MAX },
      unit: "bytes per position",
    }),
  ];
}
