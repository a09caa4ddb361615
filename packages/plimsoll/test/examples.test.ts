/** Runs the example of every public docstring: `expression; // → value` is an assertion. */
import { describe, expect, test } from "vitest";
import * as sdk from "../dist/index.js";
import * as math from "../dist/math.js";
import { docstrings, exampleIn, FILES, PRELUDE, sourceOf } from "./docstrings.js";

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as FunctionConstructor;

const EXPRESSION = /^(\s*)(?!const |return |throw )(.+); \/\/ → (.+)$/gm;

for (const file of FILES) {
  describe(`examples in ${file}`, () => {
    for (const { text, subject } of docstrings(sourceOf(file))) {
      const example = exampleIn(text);
      if (example === undefined) continue;
      test(subject, async () => {
        const asserting = example.replace(EXPRESSION, "$1__is($2, $3);");
        const promised = asserting.split("__is(").length - 1;
        expect(promised).toBe(example.split("// →").length - 1);
        const names = { ...sdk, ...math, ...sdk.venues };
        const is = (value: unknown, expected: unknown) => {
          expect(value).toEqual(expected);
          asserted++;
        };
        let asserted = 0;
        const body = `${PRELUDE}\n{\n${asserting}\n}`;
        await new AsyncFunction(...Object.keys(names), "__is", body)(...Object.values(names), is);
        expect(asserted).toBe(promised);
      });
    }
  });
}

test("every method of the engine and every exported function, class and list has an example", () => {
  const engine = sourceOf("types/engine.ts").split("export interface Engine {")[1] ?? "";
  const isExplainedElsewhere = /^readonly (quote|timeMs)|^(dispose|\[Symbol)/;
  const members = docstrings(engine).filter(({ subject }) => !isExplainedElsewhere.test(subject));
  const others = FILES.flatMap((file) => {
    return docstrings(sourceOf(file)).filter(({ subject }) =>
      /^export (async function|function|class|const) /.test(subject),
    );
  });
  const without = [...members, ...others]
    .filter(({ text }) => exampleIn(text) === undefined)
    .map(({ subject }) => subject);
  // helpers that the entries do not export
  expect(without).toEqual([
    'export function engineDisposed(received = "disposed"): DisposedError {',
    "export function noSuchHandle(handle: unknown, path: string, isStale = false): HandleError {",
    "export function notOurs(path: string): SnapshotError {",
    "export function errorFromCode(code: ErrorCode, detail: ErrorDetail): PlimsollError {",
    "export function withPath(error: unknown, change: (path: string) => string): unknown {",
    "export function tagOf(value: unknown): string {",
    "export function shown(value: unknown): string {",
  ]);
  expect(members.length).toBeGreaterThan(40);
});
