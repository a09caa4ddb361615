/** What a trace of Chromium says about a page's main thread. */

/**
 * A task of a thread, milliseconds.
 *
 * @typedef {object} Task
 * @property {number} ms From its beginning to its end.
 * @property {number} cpuMs What of that the thread had the processor.
 * @property {number} startMs
 */

/**
 * The tasks of the busiest renderer's main thread.
 *
 * @param {Buffer} trace As Chromium writes it.
 * @returns {Task[]}
 */
export function mainThreadTasks(trace) {
  const traceEvents = eventsOf(trace);
  const mains = traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const byThread = mains.map(({ pid, tid }) =>
    traceEvents
      .filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && event.name.endsWith("RunTask"))
      .map(({ ts, dur = 0, tdur = 0 }) => ({ startMs: ts / 1_000, ms: dur / 1_000, cpuMs: tdur / 1_000 })),
  );
  return byThread.sort((a, b) => b.length - a.length)[0] ?? [];
}

/**
 * When the page's own marks were made, in milliseconds.
 *
 * @param {Buffer} trace
 * @returns {Map<string, number>}
 */
export function marksOf(trace) {
  return new Map(
    eventsOf(trace).flatMap(({ name, cat, ts }) => (cat.includes("user_timing") ? [[name, ts / 1_000]] : [])),
  );
}

/** @typedef {{ name: string, cat: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args?: any }} TraceEvent */

/**
 * @param {Buffer} trace
 * @returns {TraceEvent[]}
 */
function eventsOf(trace) {
  return JSON.parse(trace.toString()).traceEvents;
}
