/** When a caller stops waiting for an answer. */
import { WorkerError } from "../errors.js";
import { CHECK } from "../options.js";
import type { CallOptions } from "./types.js";

/**
 * The answer to what is asked, or what comes before it: the signal's abort, or the end of the time that a caller would wait.
 *
 * @throws {ConfigError} `INVALID_VALUE` for what are no options; the signal's reason where it has aborted already
 */
export async function limited<Result>(
  method: string,
  options: CallOptions | undefined,
  ask: () => Promise<Result>,
): Promise<Result> {
  if (options !== undefined) CHECK.call(options, `${method}.options`);
  const { signal, timeoutMs } = options ?? {};
  signal?.throwIfAborted();
  const answer = ask();
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
