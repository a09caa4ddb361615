/** What a trace of Chromium says about a page's main thread. */

/**
 * Durations of the tasks of the busiest renderer's main thread, milliseconds.
 *
 * @param {Buffer} trace As Chromium writes it.
 * @returns {number[]}
 */
export function mainThreadTasks(trace) {
  /** @type {{ traceEvents: { name: string, ph: string, pid: number, tid: number, dur?: number, args?: any }[] }} */
  const { traceEvents } = JSON.parse(trace.toString());
  const mains = traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const byThread = mains.map(({ pid, tid }) =>
    traceEvents
      .filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && event.name.endsWith("RunTask"))
      .map(({ dur = 0 }) => dur / 1_000),
  );
  return byThread.sort((a, b) => b.length - a.length)[0] ?? [];
}
