/** Handles of a pool's orders: the shard and the handle there in one number, which doubles hold exactly. */
import { HandleError, shown } from "../errors.js";
import type { OrderHandle } from "../types.js";
import type { Place } from "./handle-table.js";

/** Handles of a shard lie below it. */
const UNIT = 2 ** 32;

/** An order that has moved with its account. */
export interface MovedOrder {
  readonly order: number;
  readonly previous: number;
}

export class OrderTable {
  /** By shard: a number that no other worker of the pool has had in its place, so that no handle means two orders. */
  readonly #numbers: number[] = [];
  #numbersGiven = 0;
  /** Of orders that have moved only: by handle where it is now, and the reverse. */
  readonly #moved = new Map<number, number>();
  readonly #handles = new Map<number, OrderHandle>();

  /** Says that an engine without orders is in a shard's place. */
  open(shard: number): void {
    this.#numbers[shard] = this.#numbersGiven++;
  }

  handle(shard: number, local: number): OrderHandle {
    return this.#word(shard, local) as OrderHandle;
  }

  /**
   * Where an order is, as far as the pool knows: whether it is still there, its shard says.
   *
   * @throws {HandleError}
   */
  find(order: OrderHandle, path: string): Place {
    const word = this.#moved.get(order) ?? (order as number);
    const shard = this.#numbers.indexOf(Math.floor(word / UNIT));
    if (Number.isInteger(word) && word >= 0 && shard >= 0) return { shard, local: word % UNIT };
    const isStale = Number.isInteger(word) && word >= 0 && word < UNIT * this.#numbersGiven;
    throw new HandleError(isStale ? "STALE_HANDLE" : "UNKNOWN_HANDLE", {
      path,
      expected: isStale ? "a handle that is still registered" : "a handle that was given out",
      received: shown(order),
    });
  }

  /** Orders have gone from one shard to another; their handles stay. */
  move(from: number, to: number, orders: readonly MovedOrder[]): void {
    for (const { order, previous } of orders) {
      const before = this.#word(from, previous);
      const after = this.#word(to, order);
      const handle = this.#handles.get(before) ?? (before as OrderHandle);
      this.#handles.delete(before);
      this.#handles.set(after, handle);
      this.#moved.set(handle, after);
    }
  }

  #word(shard: number, local: number): number {
    return (this.#numbers[shard] as number) * UNIT + local;
  }
}
