import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { environmentFault, SetupError } from "./errors.mjs";
import { Progress } from "./progress.mjs";

const LOG_TAIL_CHARS_MAX = 20_000;

const children = new Set();

/** Ends every process that is still running for us. */
export function killChildren(signal = "SIGTERM") {
  for (const child of children) child.kill(signal);
}

function start(command, args, options) {
  // npx and pnpm are .cmd files on Windows, which start through a shell only.
  const viaShell = process.platform === "win32" && !/\.exe$/i.test(command) && command !== process.execPath;
  let child;
  try {
    child = spawn(command, args, { ...options, shell: viaShell });
  } catch (failure) {
    // Some failures are thrown, most come as events.
    return { child: null, ended: Promise.resolve({ code: null, signal: null, failure }) };
  }
  children.add(child);
  const ended = new Promise((resolve) => {
    let failure = null;
    child.on("error", (error) => {
      failure = error;
      if (child.pid === undefined) resolve({ code: null, signal: null, failure });
    });
    child.on("close", (code, signal) => resolve({ code, signal, failure }));
  }).finally(() => children.delete(child));
  return { child, ended };
}

/** Runs a command in silence. @returns its exit code and output; `code` is null where it could not be started */
export async function capture(command, args, options = {}) {
  const { child, ended } = start(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child?.stdout, child?.stderr])
    stream?.setEncoding("utf8").on("data", (text) => (output += text));
  const { code } = await ended;
  return { code, output };
}

/** Runs a command on the caller's own terminal. @returns its exit code, in the shell's way where a signal ended it */
export async function attached(command, args, options = {}) {
  const { ended } = start(command, args, { stdio: "inherit", ...options });
  return exitCode(command, await ended);
}

/** Like {@link attached}, and hands each piece of output to `onText` as well. Standard input is empty. */
export async function attachedAndHeard(command, args, onText, options = {}) {
  const { child, ended } = start(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  for (const [from, to] of [
    [child?.stdout, process.stdout],
    [child?.stderr, process.stderr],
  ]) {
    from?.setEncoding("utf8").on("data", (text) => {
      to.write(text);
      onText(text);
    });
  }
  return exitCode(command, await ended);
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

function exitCode(command, { code, signal, failure }) {
  if (code !== null) return code;
  if (signal !== null) return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
  throw new SetupError(`${command} cannot be started (${failure?.code ?? failure})`);
}

/**
 * Runs one step of the set-up: its output goes to a log, the terminal shows how far it is.
 *
 * @param step.title      what is being done, for the progress line
 * @param step.doing      the same for the middle of a sentence
 * @param step.verdict    the word for success
 * @param step.log        file for the output
 * @param step.showsOutput  whether a failure that is no fault of the environment prints the output: it does for our own code
 * @throws {SetupError} one line that says what went wrong and how to go on
 */
export async function runStep({ title, doing, verdict, log, command, args, options = {}, showsOutput = false }) {
  const progress = new Progress(title);
  const { child, ended } = start(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const hear = (text) => {
    output += text;
    const last = text.trimEnd().split("\n").pop().trim();
    if (last !== "") progress.detail = last;
  };
  for (const stream of [child?.stdout, child?.stderr]) stream?.setEncoding("utf8").on("data", hear);
  const { code, failure } = await ended;
  if (code === 0) {
    progress.done(verdict);
    return;
  }
  progress.done();
  const said = failure === null ? output : `${failure}\n${output}`;
  throw new SetupError(explain({ said, doing, log, showsOutput }));
}

function explain({ said, doing, log, showsOutput }) {
  const fault = environmentFault(said, doing);
  if (fault !== null) return fault;
  if (showsOutput) process.stderr.write(`${said.slice(-LOG_TAIL_CHARS_MAX).trimEnd()}\n`);
  const firstError = said.split("\n").find((line) => /error/i.test(line)) ?? said.trim().split("\n").pop() ?? "";
  let where = "";
  try {
    mkdirSync(path.dirname(log), { recursive: true });
    writeFileSync(log, said);
    where = ` (log: ${log})`;
  } catch {
    // The line below still says what failed.
  }
  return `failed while ${doing}: ${firstError.trim() || "no output"}${where}`;
}
