/** The control plane: calls to a worker and their answers. The only file that knows Comlink. */
import { expose, type Remote, transfer, wrap } from "comlink";
import {
  ConfigError,
  DisposedError,
  type ErrorCode,
  type ErrorDetail,
  FaultError,
  HandleError,
  LoadError,
  MoneyError,
  PlimsollError,
  SnapshotError,
  WorkerError,
} from "../errors.js";
import type { EngineOptions } from "../types.js";
import type { CallName, VoteName } from "./calls.js";

/** An error as data: Comlink loses all but the message. */
export interface ErrorData {
  readonly name: string;
  readonly code?: ErrorCode;
  readonly message: string;
  readonly stack?: string;
  readonly detail?: Omit<ErrorDetail, "cause">;
  readonly cause?: ErrorData;
}

/** What a call came to. */
export type Outcome = { readonly value: unknown } | { readonly error: ErrorData };

/** What a worker carries out for its supervisor. */
export interface Control {
  /** Starts the engine; once, before everything else. Its value is whether the worker holds the lock of its invitation. */
  start(module: WebAssembly.Module, options: EngineOptions): Promise<Outcome>;
  /** Carries out a call of the engine when its turn has come: `item` is its place in the one order of both planes. */
  execute(item: number, method: CallName, args: readonly unknown[]): Promise<Outcome>;
  /** Says, in its turn, whether a change could be made; where it could, all behind it waits for `decide`. */
  vote(item: number, method: VoteName, args: readonly unknown[]): Promise<Outcome>;
  /** Makes the change that was voted for last, or drops it. */
  decide(isKept: boolean): Promise<Outcome>;
}

const CLASSES = {
  PlimsollError,
  ConfigError,
  DisposedError,
  FaultError,
  HandleError,
  LoadError,
  MoneyError,
  SnapshotError,
  WorkerError,
} as const;

/** How deep a chain of causes is followed. */
const CAUSES_MAX = 8;

/** An error as data, with its chain of causes. */
export function dataOfError(thrown: unknown, depth = 0): ErrorData {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const { name, message, stack, cause } = thrown;
  return {
    name,
    message,
    ...(stack !== undefined && { stack }),
    ...(thrown instanceof PlimsollError && {
      code: thrown.code,
      detail: { path: thrown.path, expected: thrown.expected, received: thrown.received },
    }),
    ...(cause !== undefined && depth < CAUSES_MAX && { cause: dataOfError(cause, depth + 1) }),
  };
}

/** The error that the data stands for, of its own class where it is one of this package's. */
export function errorOfData({ name, code, message, stack, detail, cause }: ErrorData): Error {
  const inner = cause === undefined ? {} : { cause: errorOfData(cause) };
  if (code !== undefined && detail !== undefined) {
    const Class = CLASSES[name as keyof typeof CLASSES] ?? PlimsollError;
    return new Class(code, { ...detail, ...inner });
  }
  const error = new Error(message, inner);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The calling side's end. */
export function connectControl(port: MessagePort): Remote<Control> {
  return wrap<Control>(port);
}

/** The worker's end. Buffers in an answer's value move instead of being copied, where it is made of fresh ones. */
export function exposeControl(port: MessagePort, control: Control): void {
  const execute: Control["execute"] = async (item, method, args) => {
    const outcome = await control.execute(item, method, args);
    return transfer(outcome, "value" in outcome ? buffersOf(outcome.value) : []);
  };
  const { start, vote, decide } = control;
  expose({ start, execute, vote, decide } satisfies Control, port);
}

/** An argument of a call, or all of them, with which the buffers move that lie in its items. */
export function moving<Value extends object>(value: Value): Value {
  return transfer(value, Object.values(value).flatMap(buffersOf));
}

/** The buffers of typed arrays that lie directly in a value. */
function buffersOf(value: unknown): Transferable[] {
  if (ArrayBuffer.isView(value)) return buffersOf({ value });
  if (typeof value !== "object" || value === null) return [];
  const buffers = new Set<ArrayBuffer>();
  for (const item of Object.values(value)) {
    if (ArrayBuffer.isView(item) && item.buffer instanceof ArrayBuffer) buffers.add(item.buffer);
  }
  return [...buffers];
}
