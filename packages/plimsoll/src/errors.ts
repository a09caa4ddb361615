/**
 * The one family of errors that this package throws. Every error has a stable `code`, a `path` that names the field, what
 * was `expected` and what was `received`; `message` says all of it in one sentence.
 */

/** Codes of {@link ConfigError}. */
export type ConfigErrorCode =
  | "INVALID_VALUE"
  | "INVALID_SIZE"
  | "INVALID_BRACKETS"
  | "INVALID_VERSION"
  | "DUPLICATE_ID"
  | "UNKNOWN_ASSET"
  | "UNKNOWN_UNDERLYING"
  | "MISSING_PARAMETERS"
  | "NOT_APPLICABLE"
  | "EXPIRED"
  | "IN_USE"
  | "CAPACITY_EXCEEDED";
/** Codes of {@link HandleError}. */
export type HandleErrorCode = "UNKNOWN_HANDLE" | "STALE_HANDLE";
/** Codes of {@link MoneyError}. */
export type MoneyErrorCode = "INVALID_MONEY";
/** Codes of {@link DisposedError}. */
export type DisposedErrorCode = "ENGINE_DISPOSED" | "COLUMNS_DISPOSED";
/** Codes of {@link LoadError}. */
export type LoadErrorCode =
  | "LOAD_FAILED"
  | "INVALID_WASM"
  | "SIMD_UNSUPPORTED"
  | "NOT_LOADED"
  | "OUT_OF_MEMORY"
  | "WORKER_LOAD_FAILED";
/** Codes of {@link FaultError}. */
export type FaultErrorCode = "ENGINE_FAULT";
/** Codes of {@link WorkerError}. */
export type WorkerErrorCode = "WORKER_CRASHED" | "WORKER_FAILED" | "CALL_TIMEOUT";
/** Codes of {@link SnapshotError}. */
export type SnapshotErrorCode =
  | "SNAPSHOT_KIND"
  | "SNAPSHOT_VERSION"
  | "SNAPSHOT_TRUNCATED"
  | "SNAPSHOT_CORRUPT"
  | "SNAPSHOT_MISMATCH";
/** Every code. `EVENTS_MISSED` is that of a {@link PlimsollError} of no other class. */
export type ErrorCode =
  | ConfigErrorCode
  | HandleErrorCode
  | MoneyErrorCode
  | DisposedErrorCode
  | LoadErrorCode
  | FaultErrorCode
  | WorkerErrorCode
  | SnapshotErrorCode
  | "EVENTS_MISSED";

/** What an error of this package carries beside its code. */
export interface ErrorDetail {
  /** The field at fault in the caller's words, such as `addInstrument.strike`; empty where no field is. */
  readonly path: string;
  /** What the field takes. */
  readonly expected: string;
  /** What it was given, as text. Of this and of `path` an error shows the first 400 characters. */
  readonly received: string;
  /** What lies beneath, where something does. */
  readonly cause?: unknown;
}

/**
 * Base of every error that Plimsoll throws.
 *
 * @example
 * try {
 *   engine.addAccount({ id: "me" }); // registered above already
 * } catch (error) {
 *   if (!(error instanceof PlimsollError)) throw error;
 *   error.code; // → "DUPLICATE_ID"
 *   error.path; // → "addAccount.id"
 *   error.received; // → "\"me\""
 * }
 */
export class PlimsollError extends Error {
  override readonly name: string = "PlimsollError";
  /** Stable reason; `docs/sdk.md` says when each comes. */
  readonly code: ErrorCode;
  /** The field at fault, such as `addInstrument.strike` or `addAccounts.ids[3]`; empty where no field is. */
  readonly path: string;
  /** What was expected there. */
  readonly expected: string;
  /** What came, as text. */
  readonly received: string;

  constructor(code: ErrorCode, { expected, cause, ...given }: ErrorDetail) {
    const [path, received] = [excerpt(given.path), excerpt(given.received)];
    super(sentence(code, { path, expected, received }), cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
    this.expected = expected;
    this.received = received;
  }
}

/**
 * A parameter that cannot be taken: refused once, where it is given, and nothing has changed.
 *
 * @example
 * try {
 *   engine.addInstrument({ id: "X", kind: "option", underlying: "BTC", option: "call", strike: -5, expiryMs: 2e12 });
 * } catch (error) {
 *   if (!(error instanceof ConfigError)) throw error;
 *   error.message; // → "strike must be a finite number > 0, was -5 (addInstrument.strike)"
 * }
 */
export class ConfigError extends PlimsollError {
  override readonly name = "ConfigError";
  declare readonly code: ConfigErrorCode;
}

/**
 * A handle that was never given out (`UNKNOWN_HANDLE`) or whose item has been removed (`STALE_HANDLE`).
 *
 * @example
 * engine.removeAccount(me);
 * try {
 *   engine.assess(me);
 * } catch (error) {
 *   if (!(error instanceof HandleError)) throw error;
 *   error.code; // → "STALE_HANDLE"
 * }
 */
export class HandleError extends PlimsollError {
  override readonly name = "HandleError";
  declare readonly code: HandleErrorCode;
}

/**
 * An amount of money that is no decimal, does not fit, or is negative where it may not be (`INVALID_MONEY`).
 *
 * @example
 * try {
 *   engine.deposit(me, "USDC", "1,000");
 * } catch (error) {
 *   if (!(error instanceof MoneyError)) throw error;
 *   error.code; // → "INVALID_MONEY"
 * }
 */
export class MoneyError extends PlimsollError {
  override readonly name = "MoneyError";
  declare readonly code: MoneyErrorCode;
}

/**
 * A call on an engine that has been disposed (`ENGINE_DISPOSED`).
 *
 * @example
 * engine.dispose();
 * try {
 *   engine.totals();
 * } catch (error) {
 *   if (!(error instanceof DisposedError)) throw error;
 *   error.code; // → "ENGINE_DISPOSED"
 * }
 */
export class DisposedError extends PlimsollError {
  override readonly name = "DisposedError";
  declare readonly code: DisposedErrorCode;
}

/**
 * The WebAssembly module could not be had: `LOAD_FAILED` names the address that failed, `INVALID_WASM` came from something
 * that is no module of this version, `SIMD_UNSUPPORTED` says that the runtime is too old.
 *
 * @example
 * try {
 *   await createEngine({ wasm: new URL("file:///nowhere/plimsoll.wasm") });
 * } catch (error) {
 *   if (!(error instanceof LoadError)) throw error;
 *   error.code; // → "LOAD_FAILED"
 *   error.received; // → "file:///nowhere/plimsoll.wasm"
 * }
 */
export class LoadError extends PlimsollError {
  override readonly name = "LoadError";
  declare readonly code: LoadErrorCode;
}

/**
 * The engine itself failed (`ENGINE_FAULT`): a bug of ours, or memory that ran out. The engine is disposed with it, since its
 * state can no longer be trusted; other engines are not touched. `cause` has the runtime's error.
 *
 * @example
 * new FaultError("ENGINE_FAULT", { path: "tick", expected: "no fault", received: "unreachable" }).code; // → "ENGINE_FAULT"
 */
export class FaultError extends PlimsollError {
  override readonly name = "FaultError";
  declare readonly code: FaultErrorCode;
}

/**
 * A worker failed, and what was asked of it was not done: `WORKER_CRASHED` ended the calls under way, after which the worker is
 * replaced and goes on from where it was; `WORKER_FAILED` says that it crashed again and again and is given up, the engine with
 * it; `CALL_TIMEOUT` that an answer took longer than the call's `timeoutMs`. `cause` has what the worker's runtime said.
 *
 * @example
 * new WorkerError("CALL_TIMEOUT", { path: "assess", expected: "answered in 5 ms", received: "late" }).code; // → "CALL_TIMEOUT"
 */
export class WorkerError extends PlimsollError {
  override readonly name = "WorkerError";
  declare readonly code: WorkerErrorCode;
}

/**
 * Bytes that are no snapshot to take: `SNAPSHOT_KIND` where they are none or hold something else, `SNAPSHOT_VERSION` where they are of
 * a format that this version does not read, `SNAPSHOT_TRUNCATED` where their end is missing, `SNAPSHOT_CORRUPT` where they have
 * changed since, `SNAPSHOT_MISMATCH` where exported accounts come from an engine with other terms. Nothing has changed in any engine.
 *
 * @example
 * try {
 *   await createEngine({ snapshot: engine.snapshot().subarray(0, 100) });
 * } catch (error) {
 *   if (!(error instanceof SnapshotError)) throw error;
 *   error.code; // → "SNAPSHOT_TRUNCATED"
 * }
 */
export class SnapshotError extends PlimsollError {
  override readonly name = "SnapshotError";
  declare readonly code: SnapshotErrorCode;
}

/** How much of a name or another text of the caller's an error shows. */
const SHOWN_MAX = 400;

/** The error of an engine that has been disposed, or what else it `received`. */
export function engineDisposed(received = "disposed"): DisposedError {
  return new DisposedError("ENGINE_DISPOSED", { path: "", expected: "an engine that is alive", received });
}

/** The error of a handle that was never given out or, where `isStale`, of one whose item has gone. */
export function noSuchHandle(handle: unknown, path: string, isStale = false): HandleError {
  return new HandleError(isStale ? "STALE_HANDLE" : "UNKNOWN_HANDLE", {
    path,
    expected: isStale ? "a handle that is still registered" : "a handle that was given out",
    received: shown(handle),
  });
}

/** The error of a snapshot whose checksum fits, but whose names and models no engine has written: a checksum can be made up too. */
export function notOurs(path: string): SnapshotError {
  const expected = "the names and models of a snapshot that this package has made";
  return new SnapshotError("SNAPSHOT_CORRUPT", { path, expected, received: "something else" });
}

/** The error of the class that a code belongs to: how errors that travelled as data are rebuilt. */
export function errorFromCode(code: ErrorCode, detail: ErrorDetail): PlimsollError {
  if (code.endsWith("_HANDLE")) return new HandleError(code, detail);
  if (code === "INVALID_MONEY") return new MoneyError(code, detail);
  if (code.startsWith("SNAPSHOT_")) return new SnapshotError(code, detail);
  return new ConfigError(code, detail);
}

/** An error with another path, where it is one of this package's. */
export function withPath(error: unknown, change: (path: string) => string): unknown {
  if (!(error instanceof PlimsollError)) return error;
  const { code, path, expected, received, cause } = error;
  return new (error.constructor as typeof PlimsollError)(code, { path: change(path), expected, received, cause });
}

/** What a value calls itself, of whichever page or thread it is: `[object Object]` where it is a plain object. Allocates nothing. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}

/** A value as an error shows it. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object": {
      if (value === null) return "null";
      if (value instanceof Error) return value.message;
      const kind = tagOf(value).slice(8, -1);
      return `${/^[AEIO]/.test(kind) ? "an" : "a"} ${/^(Object|Array)$/.test(kind) ? kind.toLowerCase() : kind}`;
    }
    default:
      return String(value);
  }
}

/** The beginning of a text that may be as long as a caller likes. */
function excerpt(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

function sentence(code: ErrorCode, { path, expected, received }: ErrorDetail): string {
  if (path === "") return `expected ${expected}, but it was ${received} (${code})`;
  if (!path.includes(".")) return `${path} expects ${expected}, but was given ${received}`;
  const field = path.slice(path.indexOf(".") + 1);
  return `${field} must be ${expected}, was ${received} (${path})`;
}
