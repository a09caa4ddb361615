import { readFileSync } from "node:fs";
import type * as plimsoll from "plimsoll";
import { createEngine, createWorkerEngine, PlimsollError } from "plimsoll";
import { expect, test } from "vitest";

/** By class; the compiler holds each list to its type. */
const CODES: { readonly [Class in keyof Codes]: { readonly [code in Codes[Class]]: true } } = {
  ConfigError: {
    INVALID_VALUE: true,
    INVALID_SIZE: true,
    INVALID_BRACKETS: true,
    INVALID_VERSION: true,
    DUPLICATE_ID: true,
    UNKNOWN_ASSET: true,
    UNKNOWN_UNDERLYING: true,
    MISSING_PARAMETERS: true,
    NOT_APPLICABLE: true,
    EXPIRED: true,
    IN_USE: true,
    CAPACITY_EXCEEDED: true,
  },
  HandleError: { UNKNOWN_HANDLE: true, STALE_HANDLE: true },
  MoneyError: { INVALID_MONEY: true },
  DisposedError: { ENGINE_DISPOSED: true, COLUMNS_DISPOSED: true },
  LoadError: {
    LOAD_FAILED: true,
    INVALID_WASM: true,
    SIMD_UNSUPPORTED: true,
    NOT_LOADED: true,
    OUT_OF_MEMORY: true,
    WORKER_LOAD_FAILED: true,
  },
  PlimsollError: { EVENTS_MISSED: true },
  WorkerError: { WORKER_CRASHED: true, WORKER_FAILED: true, CALL_TIMEOUT: true },
  SnapshotError: {
    SNAPSHOT_KIND: true,
    SNAPSHOT_VERSION: true,
    SNAPSHOT_TRUNCATED: true,
    SNAPSHOT_CORRUPT: true,
    SNAPSHOT_MISMATCH: true,
  },
  FaultError: { ENGINE_FAULT: true },
};

interface Codes {
  ConfigError: plimsoll.ConfigErrorCode;
  HandleError: plimsoll.HandleErrorCode;
  MoneyError: plimsoll.MoneyErrorCode;
  DisposedError: plimsoll.DisposedErrorCode;
  LoadError: plimsoll.LoadErrorCode;
  PlimsollError: Exclude<plimsoll.ErrorCode, Codes[Exclude<keyof Codes, "PlimsollError">]>;
  WorkerError: plimsoll.WorkerErrorCode;
  SnapshotError: plimsoll.SnapshotErrorCode;
  FaultError: plimsoll.FaultErrorCode;
}

test("the guide says when each code comes, and knows no other", () => {
  const guide = readFileSync(new URL("../../../docs/sdk.md", import.meta.url), "utf8");
  const listed: Record<string, string[]> = {};
  let current = "";
  for (const [, name, codes] of guide.matchAll(/^\| (?:`(\w+Error)` )?\| ((?:`[A-Z_]+` ?)+)\|/gm)) {
    current = name ?? current;
    listed[current] = [...(listed[current] ?? []), ...(codes as string).matchAll(/[A-Z_]+/g)].map(String);
  }
  const expected = Object.entries(CODES).map(([name, codes]) => [name, Object.keys(codes)]);
  expect(listed).toEqual(Object.fromEntries(expected));
});

const LONG = "x".repeat(1_000_000);

test("an error shows the beginning of what is long, in either thread", async () => {
  const here = await createEngine();
  const there = await createWorkerEngine({ workers: 1 });
  for (const engine of [here, there]) {
    const refusals = [
      () => engine.addAccount({ id: "me", collateral: { [LONG]: 1 } }),
      () => engine.addAccount({ id: "me", [LONG]: 1 } as { id: string }),
      () => engine.addInstrument({ id: "X", kind: LONG as "perp", underlying: "X" }),
      async () => {
        await engine.addAccount({ id: LONG });
        await engine.addAccount({ id: LONG });
      },
    ];
    for (const refusal of refusals) {
      const attempt = (async () => refusal())();
      const error = await attempt.then(
        () => undefined,
        (error) => error,
      );
      expect(error).toBeInstanceOf(PlimsollError);
      expect(error.message).toContain("x".repeat(300));
      expect(error.message.length).toBeLessThan(1_500);
      expect(Math.max(error.path.length, error.received.length)).toBeLessThan(500);
    }
    await engine.dispose();
  }
});
