import { CommandError } from "./errors.js";
import { nearestName } from "./nearest.js";

/** What `plimsoll replay` was asked to do. */
export interface ReplayOptions {
  readonly input:
    | { readonly kind: "default"; readonly seed: number; readonly accounts: number; readonly journal?: string }
    | { readonly kind: "fills"; readonly directory: string; readonly liquidations?: string }
    | { readonly kind: "chain"; readonly file: string };
  readonly html?: string;
  readonly json: boolean;
}

type Request = { readonly command: "help" } | { readonly command: "replay"; readonly options: ReplayOptions };

const DEFAULT_SEED = 1;
const DEFAULT_ACCOUNTS = 10_000;
const ACCOUNTS_MAX = 1_000_000;
const SEED_MAX = 0xffff_ffff;

interface OptionRule {
  /** What the value is called in the help; an option without one is a flag. */
  readonly value?: string;
  readonly help: string;
}

const OPTIONS: Readonly<Record<string, OptionRule>> = {
  fills: {
    value: "DIR",
    help: "replay an exchange's export: trades, ledger and liquidations in DIR, plain or gzipped",
  },
  liquidations: { value: "FILE", help: "with --fills: take the liquidation records from FILE" },
  chain: { value: "FILE", help: "price an option chain and assess a seeded book of 1,000 accounts on it" },
  html: { value: "FILE", help: "also write a self-contained page with pictures" },
  json: { help: "print one JSON document on stdout and nothing else there" },
  seed: { value: "N", help: `embedded market: another market and other accounts (default ${DEFAULT_SEED})` },
  accounts: {
    value: "N",
    help: `embedded market: how many accounts (default ${DEFAULT_ACCOUNTS.toLocaleString("en-US")})`,
  },
  journal: { value: "FILE", help: "embedded market: also write the stream in binary, for the native replay" },
  help: { help: "show this text" },
};

const COMMANDS = ["replay"];

export const HELP = [
  "plimsoll replay: replays a market and watches every account.",
  "",
  "  npm start                     a seeded market takes 10,000 accounts through a crash",
  "  npm start -- --fills DIR      rebuilds every user of an exchange's export and judges each liquidation",
  "  npm start -- --chain FILE     prices an option chain and compares it with the published figures",
  "",
  "Options:",
  ...Object.entries(OPTIONS).map(([name, rule]) => {
    const left = rule.value === undefined ? `--${name}` : `--${name} ${rule.value}`;
    return `  ${left.padEnd(22)}${rule.help}`;
  }),
  "",
  "Exit code: 0 done, 2 wrong input (one line on stderr says what), 130 interrupted. docs/replay.md explains the report.",
].join("\n");

/**
 * Reads the command line that follows the program's name.
 *
 * @throws {CommandError} unknown command or option (with the nearest name), missing or superfluous value, options that exclude each other
 */
export function parseArguments(argv: readonly string[]): Request {
  const [command, ...rest] = argv;
  if (command === undefined || command === "--help" || command === "-h" || command === "help")
    return { command: "help" };
  if (!COMMANDS.includes(command)) {
    throw new CommandError(`unknown command "${command}"; did you mean "${nearestName(command, COMMANDS)}"?`);
  }
  const given = readOptions(rest);
  if (given.has("help")) return { command: "help" };
  return { command: "replay", options: replayOptions(given) };
}

function readOptions(words: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "-h") {
      given.set("help", "");
      continue;
    }
    if (!word.startsWith("--"))
      throw new CommandError(`unexpected argument "${word}"; options start with --, see --help`);
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const rule = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (rule === undefined) {
      throw new CommandError(`unknown option --${name}; did you mean --${nearestName(name, Object.keys(OPTIONS))}?`);
    }
    if (given.has(name)) throw new CommandError(`--${name} is given twice`);
    if (rule.value === undefined) {
      if (equals >= 0) throw new CommandError(`--${name} takes no value, got "${word.slice(equals + 1)}"`);
      given.set(name, "");
      continue;
    }
    const value = equals < 0 ? words[++i] : word.slice(equals + 1);
    if (value === undefined || value === "" || (equals < 0 && value.startsWith("--"))) {
      throw new CommandError(`--${name} needs a value: --${name} ${rule.value}`);
    }
    given.set(name, value);
  }
  return given;
}

function replayOptions(given: ReadonlyMap<string, string>): ReplayOptions {
  const fills = given.get("fills");
  const chain = given.get("chain");
  const html = given.get("html");
  const liquidations = given.get("liquidations");
  if (fills !== undefined && chain !== undefined) throw new CommandError("--fills and --chain exclude each other");
  if (liquidations !== undefined && fills === undefined) throw new CommandError("--liquidations needs --fills DIR");
  if (fills !== undefined || chain !== undefined) {
    for (const name of ["seed", "accounts", "journal"]) {
      if (given.has(name))
        throw new CommandError(
          `--${name} belongs to the embedded market, not to --${fills === undefined ? "chain" : "fills"}`,
        );
    }
  }
  const common = { json: given.has("json"), ...(html === undefined ? {} : { html }) };
  if (fills !== undefined) {
    return {
      ...common,
      input: { kind: "fills", directory: fills, ...(liquidations === undefined ? {} : { liquidations }) },
    };
  }
  if (chain !== undefined) return { ...common, input: { kind: "chain", file: chain } };
  const journal = given.get("journal");
  return {
    ...common,
    input: {
      kind: "default",
      seed: wholeNumber(given, "seed", DEFAULT_SEED, 0, SEED_MAX),
      accounts: wholeNumber(given, "accounts", DEFAULT_ACCOUNTS, 1, ACCOUNTS_MAX),
      ...(journal === undefined ? {} : { journal }),
    },
  };
}

function wholeNumber(
  given: ReadonlyMap<string, string>,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const text = given.get(name);
  if (text === undefined) return otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new CommandError(`--${name} must be a whole number from ${min} to ${max}, got "${text}"`);
  return value;
}
