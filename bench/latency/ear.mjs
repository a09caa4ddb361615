/** Whoever waits for the events of ticks. */
import { WrongAnswer } from "../answers.mjs";
import { eventOf } from "./market.mjs";

/** Waits for events, and checks that they are those of the ticks, each once and in order. */
export class Ear {
  #next = 1;
  #last = 0;
  /** @type {(ms: number) => void} */
  #resolve = () => {};

  /**
   * @param {number} last
   * @returns {Promise<number>} when the event of tick `last` was heard
   */
  until(last) {
    this.#last = last;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @param {Pick<import("plimsoll").BandEvent, "to" | "equity" | "timeMs">} event */
  hear({ to, equity, timeMs }) {
    const expected = eventOf(this.#next++);
    if (to !== expected.to || equity !== expected.equity || timeMs !== expected.timeMs) {
      throw new WrongAnswer(`event of tick ${expected.timeMs}: ${to} with ${equity} at ${timeMs}`);
    }
    if (timeMs === this.#last) this.#resolve(performance.now());
  }
}
