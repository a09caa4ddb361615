const HEARTBEAT_MS = 15_000;
const REDRAW_MS = 250;

/** Says on stderr what happens; stdout belongs to the command that follows. */
export function say(text) {
  process.stderr.write(`plimsoll: ${text}\n`);
}

/** Shows a long step: one moving line on a terminal, a line every quarter of a minute elsewhere. */
export class Progress {
  #title;
  #stream = process.stderr;
  #startedMs = performance.now();
  #detail = "";
  #timer;

  constructor(title) {
    this.#title = title;
    if (this.#stream.isTTY) {
      this.#timer = setInterval(() => this.#redraw(), REDRAW_MS);
    } else {
      say(`${title} …`);
      this.#timer = setInterval(() => say(`${title} … ${this.#seconds()} s${this.#tail()}`), HEARTBEAT_MS);
    }
    this.#timer.unref();
  }

  /** What the step is at right now. */
  set detail(text) {
    this.#detail = text;
  }

  done(verdict) {
    clearInterval(this.#timer);
    if (this.#stream.isTTY) this.#stream.write("\r\u001b[K");
    if (verdict !== undefined) say(`${this.#title}: ${verdict} (${this.#seconds()} s)`);
  }

  #seconds() {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    return seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0);
  }

  #tail() {
    return this.#detail === "" ? "" : `, ${this.#detail}`;
  }

  #redraw() {
    const text = `plimsoll: ${this.#title} … ${this.#seconds()} s${this.#tail()}`;
    this.#stream.write(`\r\u001b[K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }
}
