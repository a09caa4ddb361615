import { describe, expect, test } from "vitest";
import { HELP, parseArguments } from "../src/arguments.js";
import { CommandError } from "../src/errors.js";
import { editDistance, nearestName } from "../src/nearest.js";

const refusal = (...argv: string[]) => {
  try {
    parseArguments(argv);
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
  return "accepted";
};

describe("parseArguments", () => {
  test("without options the embedded market is replayed with its defaults", () => {
    expect(parseArguments(["replay"])).toEqual({
      command: "replay",
      options: { json: false, input: { kind: "default", seed: 1, accounts: 10_000 } },
    });
  });

  test("a value may follow its option or an equals sign", () => {
    const expected = {
      command: "replay",
      options: { json: true, html: "a=b.html", input: { kind: "fills", directory: "x", liquidations: "y" } },
    };
    expect(parseArguments(["replay", "--fills", "x", "--liquidations=y", "--html=a=b.html", "--json"])).toEqual(
      expected,
    );
  });

  test("a chain takes its file", () => {
    expect(parseArguments(["replay", "--chain", "c.csv"])).toEqual({
      command: "replay",
      options: { json: false, input: { kind: "chain", file: "c.csv" } },
    });
  });

  test("help is given for no command, for --help anywhere, and names every option", () => {
    for (const argv of [[], ["--help"], ["-h"], ["replay", "--json", "--help"]])
      expect(parseArguments(argv)).toEqual({ command: "help" });
    for (const name of [
      "--fills DIR",
      "--liquidations FILE",
      "--chain FILE",
      "--html FILE",
      "--json",
      "--seed N",
      "--accounts N",
      "--journal FILE",
      "--help",
    ]) {
      expect(HELP).toContain(name);
    }
  });

  test.each([
    [["replay", "--filsl", "x"], "unknown option --filsl; did you mean --fills?"],
    [["replay", "--jsn"], "unknown option --jsn; did you mean --json?"],
    [["replay", "--toString"], /^unknown option --toString; did you mean --/],
    [["relay"], 'unknown command "relay"; did you mean "replay"?'],
    [["replay", "x"], 'unexpected argument "x"; options start with --, see --help'],
    [["replay", "--fills"], "--fills needs a value: --fills DIR"],
    [["replay", "--fills", "--json"], "--fills needs a value: --fills DIR"],
    [["replay", "--chain="], "--chain needs a value: --chain FILE"],
    [["replay", "--json=1"], '--json takes no value, got "1"'],
    [["replay", "--json", "--json"], "--json is given twice"],
    [["replay", "--fills", "a", "--chain", "b"], "--fills and --chain exclude each other"],
    [["replay", "--liquidations", "a"], "--liquidations needs --fills DIR"],
    [["replay", "--chain", "a", "--seed", "1"], "--seed belongs to the embedded market, not to --chain"],
    [["replay", "--fills", "a", "--accounts", "1"], "--accounts belongs to the embedded market, not to --fills"],
    [["replay", "--seed", "-1"], '--seed must be a whole number from 0 to 4294967295, got "-1"'],
    [["replay", "--seed", "4294967296"], '--seed must be a whole number from 0 to 4294967295, got "4294967296"'],
    [["replay", "--accounts", "0"], '--accounts must be a whole number from 1 to 1000000, got "0"'],
    [["replay", "--accounts", "1e3"], '--accounts must be a whole number from 1 to 1000000, got "1e3"'],
  ])("%j is refused", (argv, message) => {
    if (typeof message === "string") expect(refusal(...argv)).toBe(message);
    else expect(refusal(...argv)).toMatch(message);
  });
});

describe("editDistance", () => {
  test.each([
    ["", "", 0],
    ["", "abc", 3],
    ["kitten", "sitting", 3], // k→s, e→i, +g
    ["filsl", "fills", 1], // one swap of neighbours
    ["json", "jsn", 1],
  ])("%j to %j takes %i", (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });

  test("the first of equally near names is suggested", () => {
    expect(nearestName("x", ["aa", "b", "c"])).toBe("b");
  });
});
