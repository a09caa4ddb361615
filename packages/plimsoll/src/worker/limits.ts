/** When a caller stops waiting for an answer. */
import { WorkerError } from "../errors.js";
import { CHECK } from "../options.js";
import type { CallOptions } from "./types.js";

/**
 * Refuses what are no options of a call.
 *
 * @throws {ConfigError} `INVALID_VALUE`; the signal's reason where it has aborted already
 */
export function checkCallOptions(options: CallOptions | undefined, method: string): void {
  if (options === undefined) return;
  CHECK.call(options, `${method}.options`);
  options.signal?.throwIfAborted();
}

/** The answer, or what comes before it: the signal's abort, or the end of the time that a caller would wait. */
export function limited<Result>(
  answer: Promise<Result>,
  options: CallOptions | undefined,
  method: string,
): Promise<Result> {
  const { signal, timeoutMs } = options ?? {};
  if (signal === undefined && timeoutMs === undefined) return answer;
  return new Promise((resolve, reject) => {
    const end = () => {
      signal?.removeEventListener("abort", abort);
      clearTimeout(timer);
    };
    const abort = () => {
      end();
      reject(signal?.reason);
    };
    const late = () => {
      end();
      const expected = `answered within ${timeoutMs} ms`;
      reject(new WorkerError("CALL_TIMEOUT", { path: method, expected, received: "a call under way" }));
    };
    signal?.addEventListener("abort", abort);
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    answer.then(resolve, reject).finally(end);
  });
}
