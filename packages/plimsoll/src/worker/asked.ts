/** What has been asked of a shard, until all of it has come back. */
import { type CallName, CHANGES } from "./calls.js";
import type { Link } from "./link.js";

/** An entry of the journal counts once, and once more for so many numbers in it. */
export const NUMBERS_PER_COUNT = 512;

/** A batch of ticks on its way, the same for all shards. */
export interface Batch {
  readonly words: Float64Array<ArrayBuffer>;
  /** How many shards have yet to apply it. */
  left: number;
  /** How many might have to repeat it. */
  journals: number;
  /** How long the slowest so far took to apply it. */
  tookMs: number;
}

/** A change that is put to a vote, on its way. */
export interface Ballot {
  resolve: () => void;
  reject: (error: Error) => void;
  /** Once all shards have voted. */
  decision: boolean | undefined;
  /** The worker that has voted for it and waits for the decision. */
  heldBy: Link | undefined;
}

export class Entry {
  /** Neither is there once the caller has its answer. */
  resolve: ((value: unknown) => void) | undefined;
  reject: ((error: Error) => void) | undefined;
  /** Whether what it caused may be told: a change's fate can depend on other shards. */
  verdict: "open" | "release" | "discard" = "open";
  isAcknowledged = false;
  ballot: Ballot | undefined;
  /** Place among all that was asked of the shard. */
  order = 0;
  /** Place among all that its worker was sent. */
  item = 0;

  constructor(
    readonly method: CallName | undefined,
    readonly args: readonly unknown[],
    readonly batch: Batch | undefined,
    /** Place among the changes and batches of the whole pool; 0 for queries. */
    readonly turn: number,
    /** Whether other shards do it too, so that this one must whatever happens to its worker. */
    readonly isShared: boolean,
  ) {}

  /** What it counts in the journal. */
  get weight(): number {
    return 1 + (this.batch?.words.length ?? numbersIn(this.args)) / NUMBERS_PER_COUNT;
  }

  get isQuery(): boolean {
    return this.method !== undefined && !CHANGES.has(this.method);
  }

  get isAnswered(): boolean {
    return this.resolve === undefined;
  }

  get isFinished(): boolean {
    return this.isAnswered && (this.isQuery || (this.isAcknowledged && this.verdict !== "open"));
  }
}

/** Doubles that the columns and bytes in a value take. */
export function numbersIn(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength / Float64Array.BYTES_PER_ELEMENT;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, item) => sum + numbersIn(item), 0);
}
