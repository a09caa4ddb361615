/** Hands band events on: to whoever drains, and to every subscriber, none of whom can harm another. */
import { PlimsollError } from "./errors.js";
import { type EventColumns, EventLog } from "./event-log.js";
import type { AccountHandle, BandEvent, EventFilter, EventGap, EventOptions, ListenOptions } from "./types.js";
import type { ReplacementListener, WorkerReplacement } from "./worker/types.js";

/** Events that wait for a slow reader where it does not say how many. */
const CAPACITY = 65_536;
/**
 * Events kept here for `drainEvents`, at least: up to twice as many while subscribers hear them, or where they come by
 * {@link EventStream.push}. Older ones are gone, which the sequence numbers of those left show.
 */
const UNDRAINED_MAX = 65_536;
/** An array's front is cut off when so many of its items have been read. */
const READ_MAX = 1_024;

/** What every subscriber is to the stream. */
interface Subscriber {
  readonly hasEnded: boolean;
  readonly onReplaced: ((replacement: WorkerReplacement) => void) | undefined;
  deliver(event: BandEvent): void;
  /** `reason`: why nothing can come any more, where that is not what somebody asked for. */
  end(reason?: PlimsollError): void;
}

export class EventStream {
  readonly #source: () => readonly BandEvent[];
  #subscribers: readonly Subscriber[] = [];
  /** By subscriber: takes its listener from its signal, which may outlive it. */
  readonly #detach = new Map<Subscriber, () => void>();
  readonly #undrained = new EventLog();
  #arriving: BandEvent[] = [];
  #isDelivering = false;

  /** `source` empties a log that events lie in until somebody asks; without one they come by {@link push}. */
  constructor(source: () => readonly BandEvent[] = () => []) {
    this.#source = source;
  }

  /** Whether somebody must hear of events as they happen. */
  get isListening(): boolean {
    return this.#subscribers.length > 0;
  }

  /** How many events wait here to be drained. */
  get undrained(): number {
    return this.#undrained.length;
  }

  /** Moves what lies in the log to all who want it. */
  pump(): void {
    this.#tell(this.#source());
    if (this.isListening) this.#trim();
  }

  /** Events in the order of their sequence. What a listener causes comes after what is being told. */
  push(events: readonly BandEvent[]): void {
    this.#tell(events);
    this.#trim();
  }

  #trim(): void {
    if (this.#undrained.length > 2 * UNDRAINED_MAX) this.#undrained.keep(UNDRAINED_MAX);
  }

  #tell(events: readonly BandEvent[]): void {
    if (events.length === 0) return;
    // all of them first: a listener may drain, or take a snapshot
    for (const event of events) this.#undrained.push(event);
    if (this.#isDelivering) {
      for (const event of events) this.#arriving.push(event);
      return;
    }
    this.#isDelivering = true;
    for (let arrived = events; arrived.length > 0; ) {
      for (const event of arrived) {
        // a list of its own: whoever subscribes now hears of later events only
        for (const subscriber of this.#subscribers) if (!subscriber.hasEnded) subscriber.deliver(event);
      }
      arrived = this.#arriving;
      if (arrived.length > 0) this.#arriving = [];
    }
    this.#isDelivering = false;
  }

  /** Tells whoever asked that a worker has been replaced. */
  replaced(replacement: WorkerReplacement): void {
    for (const subscriber of this.#subscribers) {
      // another may have ended it
      if (!subscriber.hasEnded) guarded(() => subscriber.onReplaced?.(replacement));
    }
  }

  /** Events since the last call. */
  drain(): BandEvent[] {
    if (this.isListening) this.#tell(this.#source());
    const kept = this.#undrained.events();
    this.#undrained.clear();
    // what nobody else hears of is not kept first
    return this.isListening ? kept : kept.concat(this.#source());
  }

  /** What a later {@link drain} will give beside what happens until then. */
  peek(): readonly BandEvent[] {
    this.#tell(this.#source());
    return this.#undrained.events();
  }

  /** The same as columns, of what has come by {@link push}. */
  kept(): EventColumns {
    return this.#undrained.columns;
  }

  /** Gives what was undrained in an engine before to the next {@link drain}. */
  takeOver(undrained: EventColumns): void {
    this.#undrained.take(undrained);
  }

  /** Events from now on, read one by one. */
  events(options: EventOptions & ReplacementListener): AsyncIterableIterator<BandEvent> {
    const { capacity = CAPACITY, whenFull = "gap", onGap, onReplaced, signal } = options;
    const filter = filterOf(options);
    this.pump();
    const reader = new Reader({ capacity, whenFull, onGap, onReplaced, filter }, this, (ended) => this.#remove(ended));
    this.#add(reader, signal);
    return reader;
  }

  /** Calls `listener` with events from now on; returns what ends that. */
  subscribe(listener: (event: BandEvent) => void, options: ListenOptions & ReplacementListener): () => void {
    const { onError, onReplaced, signal } = options;
    const filter = filterOf(options);
    this.pump();
    const subscriber = {
      hasEnded: false,
      onReplaced,
      deliver: (event: BandEvent) => {
        if (filter(event)) guarded(() => listener(event), onError);
      },
      end: (reason?: PlimsollError) => {
        subscriber.hasEnded = true;
        this.#remove(subscriber);
        if (reason === undefined) return;
        guarded(() => {
          throw reason;
        }, onError);
      },
    };
    this.#add(subscriber, signal);
    return () => subscriber.end();
  }

  /** Ends every subscription, with an error where there is a `reason`; what a reader has not read yet it can still read. */
  end(reason?: PlimsollError): void {
    for (const subscriber of this.#subscribers) subscriber.end(reason);
  }

  #add(subscriber: Subscriber, signal: AbortSignal | undefined): void {
    if (signal?.aborted) {
      subscriber.end();
      return;
    }
    this.#subscribers = [...this.#subscribers, subscriber];
    if (signal === undefined) return;
    const end = () => subscriber.end();
    signal.addEventListener("abort", end);
    this.#detach.set(subscriber, () => signal.removeEventListener("abort", end));
  }

  #remove(ended: Subscriber): void {
    this.#subscribers = this.#subscribers.filter((subscriber) => subscriber !== ended);
    this.#detach.get(ended)?.();
    this.#detach.delete(ended);
  }
}

interface ReaderSetup extends Required<Pick<EventOptions, "capacity" | "whenFull">> {
  readonly onGap: ((gap: EventGap) => void) | undefined;
  readonly onReplaced: ((replacement: WorkerReplacement) => void) | undefined;
  readonly filter: (event: BandEvent) => boolean;
}

/** A reader with a queue of its own, which is bounded. */
class Reader implements AsyncIterableIterator<BandEvent>, Subscriber {
  hasEnded = false;
  readonly onReplaced: ReaderSetup["onReplaced"];
  readonly #setup: ReaderSetup;
  readonly #stream: EventStream;
  readonly #onEnd: (ended: Reader) => void;
  readonly #waiting: ((result: IteratorResult<BandEvent> | Promise<IteratorResult<BandEvent>>) => void)[] = [];
  #queue: BandEvent[] = [];
  /** How many of the queue have been read. */
  #read = 0;
  #rowsMax: number;
  #gap: EventGap | undefined;
  /** Why it has ended, until somebody has been told. */
  #reason: PlimsollError | undefined;

  constructor(setup: ReaderSetup, stream: EventStream, onEnd: (ended: Reader) => void) {
    this.#setup = setup;
    this.onReplaced = setup.onReplaced;
    this.#stream = stream;
    this.#onEnd = onEnd;
    this.#rowsMax = setup.capacity;
  }

  deliver(event: BandEvent): void {
    if (!this.#setup.filter(event)) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting({ done: false, value: event });
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length - this.#read <= this.#rowsMax) return;
    if (this.#setup.whenFull === "latest") this.#conflate();
    else this.#miss(this.#shift() as BandEvent);
  }

  /** Ends it; what is queued can still be read, and then the reason. */
  end(reason?: PlimsollError): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#reason = reason;
    this.#onEnd(this);
    for (const waiting of this.#waiting.splice(0)) waiting(this.#last());
  }

  next(): Promise<IteratorResult<BandEvent>> {
    if (!this.hasEnded) this.#stream.pump();
    if (this.#gap !== undefined) {
      const gap = this.#gap;
      this.#gap = undefined;
      const { onGap } = this.#setup;
      if (onGap === undefined) return this.#fail(gap);
      guarded(() => onGap(gap));
    }
    const event = this.#shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.hasEnded) return this.#last();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<BandEvent>> {
    this.#queue = [];
    this.#read = 0;
    this.#gap = undefined;
    this.#reason = undefined;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** What comes after all events: once the reason for it, where there is one. */
  #last(): Promise<IteratorResult<BandEvent>> {
    const reason = this.#reason;
    this.#reason = undefined;
    return reason === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(reason);
  }

  #shift(): BandEvent | undefined {
    const event = this.#queue[this.#read];
    if (event === undefined) return undefined;
    if (++this.#read >= READ_MAX || this.#read === this.#queue.length) {
      this.#queue.splice(0, this.#read);
      this.#read = 0;
    }
    return event;
  }

  #miss({ sequence }: BandEvent): void {
    const { from, count } = this.#gap ?? { from: sequence, count: 0 };
    this.#gap = { from, to: sequence, count: count + 1 };
  }

  /** Leaves each account its last event, from the band in which its first one found it. */
  #conflate(): void {
    const latest = new Map<AccountHandle, BandEvent>();
    for (const event of this.#queue.splice(0).slice(this.#read)) {
      const before = latest.get(event.account);
      latest.delete(event.account);
      latest.set(event.account, before === undefined ? event : { ...event, from: before.from });
    }
    this.#queue = [...latest.values()];
    this.#read = 0;
    // where more accounts wait than were asked for, not at every event again
    this.#rowsMax = Math.max(this.#setup.capacity, 2 * this.#queue.length);
  }

  #fail({ from, to, count }: EventGap): Promise<never> {
    this.return();
    const expected = `a reader that keeps up with ${this.#setup.capacity} events, or one with onGap`;
    const received = `${count} events behind, ${from} to ${to}`;
    return Promise.reject(new PlimsollError("EVENTS_MISSED", { path: "events", expected, received }));
  }
}

/** Which events a subscriber hears. */
function filterOf({ accounts, bands }: EventFilter): (event: BandEvent) => boolean {
  const ofAccounts = accounts && new Set(accounts);
  const intoBands = bands && new Set(bands);
  return ({ account, to }) => ofAccounts?.has(account) !== false && intoBands?.has(to) !== false;
}

/** Calls what a subscriber gave us; what it throws goes to its handler, or where the runtime reports what nobody catches. */
export function guarded(call: () => void, onError?: (error: unknown) => void): void {
  try {
    call();
  } catch (error) {
    if (onError === undefined) report(error);
    else guarded(() => onError(error));
  }
}

function report(error: unknown): void {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}
