import { writeFile } from "node:fs/promises";
import { START_MS } from "./scenario/market.js";
import { type Operation, QUOTE } from "./scenario/operations.js";

/** The first eight bytes of a journal; the digit is the version of the format. */
const MAGIC = "PLIMJRN1";

/**
 * One operation as doubles: its code, then its fields in the order of docs/replay.md. NaN stands for a field that is absent, infinity for a
 * bound that is none.
 */
export function encode(operation: Operation): number[] {
  switch (operation.op) {
    case "underlying":
      return [1];
    case "asset":
      return [
        2,
        operation.underlying,
        operation.haircuts.length,
        ...operation.haircuts.flatMap(({ upTo, factor }) => [upTo ?? Number.POSITIVE_INFINITY, factor]),
      ];
    case "instrument": {
      const { kind, underlying, settle, payoff, sizeDecimals, option, brackets } = operation.spec;
      const terms =
        option === undefined
          ? [0, Number.NaN, Number.NaN]
          : [option.side === "call" ? 1 : -1, option.strike, option.expiryMs];
      const rows = brackets.flatMap(({ lower, initialRate, maintenanceRate }) => [lower, initialRate, maintenanceRate]);
      return [
        3,
        kind === "perp" ? 0 : 1,
        underlying,
        settle ?? QUOTE,
        payoff === "inverse" ? 1 : 0,
        sizeDecimals,
        ...terms,
        brackets.length,
        ...rows,
      ];
    }
    case "account":
      return [4, operation.account];
    case "deposit":
      return [5, operation.account, operation.asset, operation.amount];
    case "withdraw":
      return [6, operation.account, operation.asset, operation.amount];
    case "fill":
      return [7, operation.account, operation.instrument, operation.lots, operation.price, operation.fee];
    case "isolate":
      return [8, operation.account, operation.instrument, operation.margin, operation.child];
    case "order":
      return [9, operation.order, operation.account, operation.instrument, operation.lots, operation.price];
    case "cancel":
      return [10, operation.order];
    case "tick":
      return [
        11,
        operation.instrument,
        operation.timeMs,
        operation.mark ?? Number.NaN,
        operation.index ?? Number.NaN,
        operation.vol ?? Number.NaN,
      ];
    case "fund":
      return [12, operation.instrument, operation.rate];
    case "settle":
      return [13, operation.instrument, operation.price, operation.timeMs];
  }
}

/** Collects operations as they are applied and writes them as one file: the magic, the starting time, then every operation. */
export class JournalWriter {
  readonly #values: number[] = [START_MS];

  add(operation: Operation): void {
    for (const value of encode(operation)) this.#values.push(value);
  }

  async write(path: string): Promise<void> {
    const bytes = Buffer.alloc(MAGIC.length + 8 * this.#values.length);
    bytes.write(MAGIC, "latin1");
    for (const [k, value] of this.#values.entries()) bytes.writeDoubleLE(value, MAGIC.length + 8 * k);
    await writeFile(path, bytes);
  }
}
