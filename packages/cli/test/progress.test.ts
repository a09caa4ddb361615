import { describe, expect, test } from "vitest";
import { Progress } from "../src/progress.js";

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, terminal: { isTTY, write: (text: string) => written.push(text) } };
}

describe("Progress", () => {
  test("nothing is written where the stream is no terminal, yet the event loop gets its turn", async () => {
    const { written, terminal } = recorder(false);
    const progress = new Progress(terminal);
    progress.stage("work", 10);
    let turns = 0;
    setImmediate(() => {
      turns += 1;
    });
    await progress.advance(5);
    progress.clear();
    expect(written).toEqual([]);
    expect(turns).toBe(1);
  });

  test("on a terminal the bar is drawn and leaves an empty line", async () => {
    const { written, terminal } = recorder(true);
    const progress = new Progress(terminal);
    progress.stage("work", 4);
    await progress.advance(3);
    expect(written.at(-1)).toContain(" 75 %  work");
    progress.clear();
    expect(written.at(-1)).toBe("\r\u001b[2K");
    progress.clear();
    expect(written.filter((text) => text === "\r\u001b[2K")).toHaveLength(1);
  });

  test("a narrow terminal gets a line that does not wrap, which could not be cleared", () => {
    const { written, terminal } = recorder(true);
    const columns = 20;
    new Progress({ ...terminal, columns }).stage("a long label", 1);
    expect(written.at(-1)?.replace("\r\u001b[2K", "")).toHaveLength(columns - 1);
  });

  test("between two pauses it costs no turn of the event loop", async () => {
    const progress = new Progress(recorder(true).terminal);
    progress.stage("work", 4);
    await progress.advance(1);
    expect(progress.advance(2)).toBeUndefined();
  });
});
