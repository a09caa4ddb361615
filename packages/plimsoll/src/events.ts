/** Hands band events on: to whoever drains, and to every iterator that is open. */
import type { BandEvent } from "./types.js";

/** An iterator's own queue. */
class Subscription implements AsyncIterableIterator<BandEvent> {
  readonly #queue: BandEvent[] = [];
  readonly #waiting: ((result: IteratorResult<BandEvent>) => void)[] = [];
  readonly #pump: () => void;
  readonly #onEnd: (ended: Subscription) => void;
  #hasEnded = false;

  constructor(pump: () => void, onEnd: (ended: Subscription) => void) {
    this.#pump = pump;
    this.#onEnd = onEnd;
  }

  deliver(event: BandEvent): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(event);
    else waiting({ done: false, value: event });
  }

  /** Ends it; what is queued can still be read. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd(this);
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<BandEvent>> {
    if (!this.#hasEnded) this.#pump();
    const event = this.#queue.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#hasEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<BandEvent>> {
    this.#queue.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

export class EventHub {
  readonly #take: () => BandEvent[];
  readonly #subscriptions = new Set<Subscription>();
  #undrained: BandEvent[] = [];

  /** `take` empties the engine's own log. */
  constructor(take: () => BandEvent[]) {
    this.#take = take;
  }

  /** Whether somebody must hear of events as they happen. */
  get isListening(): boolean {
    return this.#subscriptions.size > 0;
  }

  /** How many events wait here to be drained. */
  get undrained(): number {
    return this.#undrained.length;
  }

  /** Moves what the engine has logged to all who want it. */
  pump(): void {
    const events = this.#take();
    if (events.length === 0) return;
    for (const event of events) {
      this.#undrained.push(event);
      for (const subscription of this.#subscriptions) subscription.deliver(event);
    }
  }

  /** What a later `drain` will give beside what happens until then. */
  peek(): readonly BandEvent[] {
    this.pump();
    return this.#undrained;
  }

  /** Gives what was undrained in an engine before to the next `drain`. */
  takeOver(undrained: readonly BandEvent[]): void {
    this.#undrained.push(...undrained);
  }

  drain(): BandEvent[] {
    this.pump();
    const events = this.#undrained;
    this.#undrained = [];
    return events;
  }

  subscribe(signal?: AbortSignal): AsyncIterableIterator<BandEvent> {
    this.pump();
    const abort = () => subscription.end();
    const subscription = new Subscription(
      () => this.pump(),
      (ended) => {
        this.#subscriptions.delete(ended);
        signal?.removeEventListener("abort", abort);
      },
    );
    this.#subscriptions.add(subscription);
    if (signal?.aborted) subscription.end();
    else signal?.addEventListener("abort", abort);
    return subscription;
  }

  end(): void {
    for (const subscription of this.#subscriptions) subscription.end();
  }
}
