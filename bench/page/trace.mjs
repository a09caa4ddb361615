/** What a trace of Chromium says about a page's main thread. */

/**
 * A task of a thread, milliseconds.
 *
 * @typedef {object} Task
 * @property {number} ms From its beginning to its end.
 * @property {number} cpuMs What of that the thread had the processor.
 */

/**
 * The tasks of the busiest renderer's main thread.
 *
 * @param {Buffer} trace As Chromium writes it.
 * @returns {Task[]}
 */
export function mainThreadTasks(trace) {
  /** @type {{ traceEvents: { name: string, ph: string, pid: number, tid: number, dur?: number, tdur?: number, args?: any }[] }} */
  const { traceEvents } = JSON.parse(trace.toString());
  const mains = traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const byThread = mains.map(({ pid, tid }) =>
    traceEvents
      .filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && event.name.endsWith("RunTask"))
      .map(({ dur = 0, tdur = 0 }) => ({ ms: dur / 1_000, cpuMs: tdur / 1_000 })),
  );
  return byThread.sort((a, b) => b.length - a.length)[0] ?? [];
}
