/** How often the bar is drawn and the event loop gets its turn. */
const PAUSE_MS = 50;
const BAR_CELLS = 28;
const CLEAR_LINE = "\r\u001b[2K";

/** The stream a bar is drawn on: `process.stderr`, or a stand-in in tests. */
interface Terminal {
  readonly isTTY?: boolean;
  /** Width in cells, where the terminal tells it. */
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * A progress bar on a terminal; silent where the stream is none.
 *
 * The work between two calls of `advance` runs without a pause, so a signal (Ctrl-C) is served only when its promise is awaited: that
 * is why callers await it even where nothing is drawn.
 */
export class Progress {
  readonly #terminal: Terminal;
  #label = "";
  #total = 0;
  #pausedAt = 0;
  #drawn = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Starts the next piece of work, of `total` steps. */
  stage(label: string, total: number): void {
    this.#label = label;
    this.#total = total;
    this.#draw(0);
  }

  /** Tells how many steps are done; resolves at once unless the event loop is due. */
  advance(done: number): Promise<void> | undefined {
    const now = performance.now();
    if (now - this.#pausedAt < PAUSE_MS) return undefined;
    this.#draw(done);
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#pausedAt = performance.now();
        resolve();
      });
    });
  }

  /** Takes the bar away and leaves the cursor at the start of an empty line. Harmless when nothing is drawn. */
  clear(): void {
    if (this.#drawn) this.#terminal.write(CLEAR_LINE);
    this.#drawn = false;
  }

  #draw(done: number): void {
    if (this.#terminal.isTTY !== true) return;
    const share = this.#total > 0 ? Math.min(done / this.#total, 1) : 0;
    const full = Math.round(share * BAR_CELLS);
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    const line = `${"━".repeat(full)}${"─".repeat(BAR_CELLS - full)} ${percent} %  ${this.#label}`;
    // A line that wraps cannot be cleared again, nor one that fills the last cell.
    this.#terminal.write(CLEAR_LINE + line.slice(0, (this.#terminal.columns ?? line.length + 1) - 1));
    this.#drawn = true;
  }
}
