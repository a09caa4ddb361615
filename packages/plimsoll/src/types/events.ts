/** Band crossings, and subscriptions to them. */
import type { Band } from "./assessment.js";
import type { AccountHandle, InstrumentHandle } from "./handles.js";

/** A band crossing: an account has moved from one band to another. */
export interface BandEvent {
  /** 1 for the engine's first event, one more for each. */
  readonly sequence: number;
  readonly account: AccountHandle;
  /** The account's name. */
  readonly id: string;
  readonly from: Band;
  readonly to: Band;
  /** The instrument whose tick moved it; null where something else did (a deposit, time, an asset's price). */
  readonly driver: InstrumentHandle | null;
  readonly timeMs: number;
  readonly equity: number;
  readonly maintenance: number;
}

/** Which events a subscriber receives; all of them where a field is left out. */
export interface EventFilter {
  /** Only events of these accounts. */
  readonly accounts?: readonly AccountHandle[];
  /** Only events that bring their account into one of these bands. */
  readonly bands?: readonly Band[];
  /** Ends the subscription when it aborts. */
  readonly signal?: AbortSignal;
}

/** Options of `subscribe`. */
export interface ListenOptions extends EventFilter {
  /**
   * Called with what the listener throws, and with workers with `WORKER_FAILED` when they are given up; default: reported as an uncaught
   * error (`reportError`, in Node `uncaughtException`).
   */
  readonly onError?: (error: unknown) => void;
}

/** Options of `events`. */
export interface EventOptions extends EventFilter {
  /** How many events may wait to be read; default 65,536. */
  readonly capacity?: number;
  /**
   * What happens when one more arrives: `"gap"` (the default) drops the oldest and reports that at the next read; `"latest"` keeps only
   * the last event of each account, whose `from` is that of the first one dropped.
   */
  readonly whenFull?: "gap" | "latest";
  /** Called with the events dropped, before the next one is read; without it the read rejects with `EVENTS_MISSED`. */
  readonly onGap?: (gap: EventGap) => void;
}

/** Events that a slow reader has missed. */
export interface EventGap {
  /** Sequence number of the first. */
  readonly from: number;
  /** Sequence number of the last. */
  readonly to: number;
  /** How many of them its filter would have let through. */
  readonly count: number;
}
