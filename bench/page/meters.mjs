/** What a page can measure of itself: frames, how long its thread was held up, the heap, and quantiles of the last seconds. */

/** How far back figures look. */
const WINDOW_MS = 10_000;

/** Figures of the last seconds. */
export class Window {
  /** @type {number[]} */
  #times = [];
  /** @type {number[]} */
  #values = [];
  #sinceMs = performance.now();

  /** @param {number} value */
  add(value, nowMs = performance.now()) {
    this.#times.push(nowMs);
    this.#values.push(value);
  }

  clear() {
    this.#sinceMs = performance.now();
    this.#times = [];
    this.#values = [];
  }

  /** @returns {number} */
  get count() {
    this.#forget();
    return this.#values.length;
  }

  /** How many came in a second. */
  get perSecond() {
    return (1_000 * this.count) / Math.min(WINDOW_MS, performance.now() - this.#sinceMs);
  }

  /**
   * The quantile; NaN where there is none.
   *
   * @param {number} share
   * @returns {number}
   */
  quantile(share) {
    this.#forget();
    const sorted = Float64Array.from(this.#values).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  }

  /** @param {(value: number) => boolean} holds */
  countOf(holds) {
    this.#forget();
    return this.#values.filter(holds).length;
  }

  #forget() {
    const from = performance.now() - WINDOW_MS;
    let gone = 0;
    while (gone < this.#times.length && /** @type {number} */ (this.#times[gone]) < from) gone++;
    if (gone === 0) return;
    this.#times.splice(0, gone);
    this.#values.splice(0, gone);
  }
}

/** Times between frames. */
export class Frames {
  gaps = new Window();
  #lastMs = Number.NaN;

  constructor(/** @type {() => void} */ onFrame) {
    const frame = (/** @type {number} */ ms) => {
      if (!Number.isNaN(this.#lastMs)) this.gaps.add(ms - this.#lastMs);
      this.#lastMs = ms;
      onFrame();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Frames in a second. */
  get rate() {
    return 1_000 / this.gaps.quantile(0.5);
  }

  /** Share of frames that came half an interval late or more: one at least was left out. */
  get lostShare() {
    const late = 1.5 * this.gaps.quantile(0.5);
    return this.gaps.countOf((gap) => gap > late) / this.gaps.count;
  }
}

/**
 * How long the main thread was held up: a message to itself is answered as soon as the thread is free, so what passes until then is
 * the rest of the task that held it, and what it shares the processor with.
 */
export class Holdups {
  window = new Window();

  constructor() {
    const { port1, port2 } = new MessageChannel();
    let sentMs = 0;
    const send = () => {
      sentMs = performance.now();
      port2.postMessage(0);
    };
    port1.onmessage = () => {
      this.window.add(performance.now() - sentMs);
      setTimeout(send, 1);
    };
    send();
  }
}

/** The JavaScript heap of this thread, MB; undefined where the browser does not say. */
export function heapMb() {
  const { memory } = /** @type {{ memory?: { usedJSHeapSize: number } }} */ (/** @type {unknown} */ (performance));
  return memory === undefined ? undefined : memory.usedJSHeapSize / 1e6;
}
