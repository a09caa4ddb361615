/** Rows of the matrix. */

/**
 * @typedef {object} Row
 * @property {string} host
 * @property {string} version
 * @property {boolean} ok
 * @property {number} ms from the copy of the example to its answer
 * @property {string} detail what it said, or what is wrong
 */

/**
 * Tries hosts one after another.
 *
 * @param {readonly import("./hosts.mjs").Host[]} hosts
 * @param {import("./pages.mjs").Browsers} browsers
 * @returns {AsyncGenerator<Row>}
 */
export async function* rowsOf(hosts, browsers) {
  for (const { host, needs, try: attempt } of hosts) {
    const startedMs = performance.now();
    const ms = () => Math.round(performance.now() - startedMs);
    if (needs !== undefined) {
      yield { host, version: "", ok: false, ms: 0, detail: needs };
      continue;
    }
    try {
      const { version, detail } = await attempt(browsers);
      yield { host, version, ok: true, ms: ms(), detail };
    } catch (error) {
      yield { host, version: "", ok: false, ms: ms(), detail: error instanceof Error ? error.message : String(error) };
    }
  }
}
