/** What takes long, in pieces, so that the calling thread is free in between. */

/** Memory that is touched for the first time costs up to a millisecond for each of these megabytes. */
const PIECE_BYTES = 2 ** 22;

/** Resolves in a task of its own; unlike a timer it is not put off in a page that nobody sees. */
export function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** What a generator makes: all of it now, or where it is long in tasks, one for all that comes before each `yield`. */
export async function made<Result>(pieces: Generator<void, Result>, isLong: boolean): Promise<Result> {
  for (;;) {
    if (isLong) await nextTask();
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

/** Bytes of these parts, one behind the other, in a buffer of their own; nobody may write to the parts meanwhile. */
export async function joined(parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length; from += PIECE_BYTES) {
      if (at > 0) await nextTask();
      const piece = part.subarray(from, from + PIECE_BYTES);
      bytes.set(piece, at);
      at += piece.length;
    }
  }
  return bytes;
}
