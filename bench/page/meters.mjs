/** What a page can measure of itself: frames, how long its thread was held up, the heap, and quantiles of the last seconds. */

/** How far back figures look. */
const WINDOW_MS = 10_000;
/** A power of two, so that rows keep their places in the ring when it doubles. */
const ROWS_FIRST = 1_024;
/** The shortest time that browsers allow a timer that begins in another. */
const PROBE_MS = 4;

/** Figures of the last seconds, in columns that are used again: what is measured must not be what measuring leaves behind. */
export class Window {
  #times = new Float64Array(ROWS_FIRST);
  #values = new Float64Array(ROWS_FIRST);
  #sorted = new Float64Array(ROWS_FIRST);
  /** The oldest row and the one after the newest; rows lie in a ring. */
  #from = 0;
  #to = 0;
  #sinceMs = performance.now();

  /** @param {number} value */
  add(value, nowMs = performance.now()) {
    if (this.#to - this.#from === this.#times.length) {
      this.#forget();
      if (this.#to - this.#from > this.#times.length / 2) this.#grow();
    }
    const row = this.#to++ % this.#times.length;
    this.#times[row] = nowMs;
    this.#values[row] = value;
  }

  clear() {
    this.#sinceMs = performance.now();
    this.#from = this.#to;
  }

  /** @returns {number} */
  get count() {
    this.#forget();
    return this.#to - this.#from;
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
    const { count } = this;
    for (let i = 0; i < count; i++) this.#sorted[i] = this.#value(i);
    const sorted = this.#sorted.subarray(0, count).sort();
    return sorted[Math.min(count - 1, Math.floor(share * count))] ?? Number.NaN;
  }

  /**
   * How many are above a bound.
   *
   * @param {number} bound
   */
  countAbove(bound) {
    const { count } = this;
    let above = 0;
    for (let i = 0; i < count; i++) if (this.#value(i) > bound) above++;
    return above;
  }

  /** @param {number} i */
  #value(i) {
    return /** @type {number} */ (this.#values[(this.#from + i) % this.#values.length]);
  }

  #forget() {
    const from = performance.now() - WINDOW_MS;
    while (this.#from < this.#to && /** @type {number} */ (this.#times[this.#from % this.#times.length]) < from) {
      this.#from++;
    }
  }

  #grow() {
    const { length } = this.#times;
    const [times, values] = [new Float64Array(2 * length), new Float64Array(2 * length)];
    for (let row = this.#from; row < this.#to; row++) {
      times[row % times.length] = /** @type {number} */ (this.#times[row % length]);
      values[row % values.length] = /** @type {number} */ (this.#values[row % length]);
    }
    [this.#times, this.#values, this.#sorted] = [times, values, new Float64Array(2 * length)];
  }
}

/** Times between frames. */
export class Frames {
  gaps = new Window();
  #lastMs = Number.NaN;
  /** Between two frames where none is left out. */
  #usualMs = Number.NaN;

  constructor() {
    const frame = (/** @type {number} */ ms) => {
      if (!Number.isNaN(this.#lastMs)) this.gaps.add(ms - this.#lastMs);
      this.#lastMs = ms;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Frames in a second. */
  get rate() {
    return 1_000 / this.gaps.quantile(0.5);
  }

  /** Takes what the gaps so far have been for usual from now on. */
  calibrate() {
    this.#usualMs = this.gaps.quantile(0.5);
  }

  /** Share of frames that came half of a usual gap late or more: one at least was left out. */
  get lostShare() {
    return this.gaps.countAbove(1.5 * this.#usualMs) / this.gaps.count;
  }
}

/**
 * How long the main thread was held up: a timer comes as late as the rest of the task that holds the thread at its time, and what that
 * shares the processor with, allow.
 */
export class Holdups {
  window = new Window();

  constructor() {
    let dueMs = performance.now() + PROBE_MS;
    const probe = () => {
      const nowMs = performance.now();
      this.window.add(Math.max(0, nowMs - dueMs), nowMs);
      dueMs = nowMs + PROBE_MS;
      setTimeout(probe, PROBE_MS);
    };
    setTimeout(probe, PROBE_MS);
  }
}

/** The JavaScript heap of this thread, MB; undefined where the browser does not say. */
export function heapMb() {
  const { memory } = /** @type {{ memory?: { usedJSHeapSize: number } }} */ (/** @type {unknown} */ (performance));
  return memory === undefined ? undefined : memory.usedJSHeapSize / 1e6;
}
