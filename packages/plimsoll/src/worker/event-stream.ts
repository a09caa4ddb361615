/** Band events of a pool, for whoever drains and for every open iterator. */
import type { PlimsollError } from "../errors.js";
import { EventHub } from "../events.js";
import type { BandEvent } from "../types.js";

export class EventStream {
  #pushed: BandEvent[] = [];
  readonly #hub = new EventHub(() => this.#pushed.splice(0));

  push(events: readonly BandEvent[]): void {
    this.#pushed.push(...events);
    this.#hub.pump();
  }

  replaced(_notice: { readonly shard: number; readonly reason: PlimsollError }): void {}

  drain(): BandEvent[] {
    return this.#hub.drain();
  }

  events({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<BandEvent> {
    return this.#hub.subscribe(signal);
  }

  end(): void {
    this.#hub.end();
  }
}
