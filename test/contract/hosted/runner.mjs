/**
 * Stands in for vitest where that cannot run, in a page, Bun or Deno: its own `expect`, and as much of `describe`, `test` and
 * `afterEach` as the contract uses. Tests run one after another when {@link runTests} is called.
 */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import * as chai from "chai";

/** Much for a hundred faults, each with a worker that starts anew, on a machine that has other things to do. */
const TEST_MS_MAX = 240_000;

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

/** vitest's `expect`. */
export const expect = Object.assign(
  (value, message) => chai.expect(value, message),
  chai.expect,
  globalThis[ASYMMETRIC_MATCHERS_OBJECT],
);
Object.assign(expect, { getState: () => getState(expect), setState: (state) => setState(state, expect) });
setState({ assertionCalls: 0, currentTestName: "" }, expect);
globalThis[GLOBAL_EXPECT] = expect;

const suite = { name: "", afterEach: [] };
let current = suite;
const tests = [];

export function describe(name, define) {
  const outer = current;
  current = { name: `${outer.name}${name} > `, afterEach: [...outer.afterEach] };
  define();
  current = outer;
}

export function test(name, run) {
  tests.push({ name: `${current.name}${name}`, run, suite: current });
}

export function afterEach(clean) {
  current.afterEach.push(clean);
}

/** What came of the tests that are defined: how many passed, and why each of the others did not. */
export async function runTests() {
  const failures = [];
  for (const { name, run, suite } of tests) {
    try {
      await inTime(run());
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    }
    for (const clean of suite.afterEach)
      await inTime(clean()).catch((error) => failures.push(`after ${name}: ${error}`));
  }
  return { passed: tests.length - failures.length, failures };
}

function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${TEST_MS_MAX} ms`)), TEST_MS_MAX);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
