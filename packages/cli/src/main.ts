#!/usr/bin/env -S node --no-concurrent-recompilation
// Node 20 waits at its end for V8's compilations in the background, for ever where one of them waits for a garbage collection by the
// main thread, which has nothing left to run. With this flag, which whoever starts this file gives, there are none.
import { writeFile } from "node:fs/promises";
import { HELP, parseArguments, type ReplayOptions } from "./arguments.js";
import { CommandError, firstLine } from "./errors.js";
import { Progress } from "./progress.js";
import { checkWritable, replay } from "./replay.js";
import { inert } from "./report/format.js";
import { reportJson } from "./report/json.js";
import { reportText } from "./report/table.js";

const EXIT_WRONG_INPUT = 2;
const EXIT_BUG = 1;
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

const progress = new Progress(process.stderr);

async function main(argv: readonly string[]): Promise<void> {
  const request = parseArguments(argv);
  if (request.command === "help") {
    print(HELP);
    return;
  }
  await runReplay(request.options);
}

async function runReplay(options: ReplayOptions): Promise<void> {
  for (const file of [options.html, options.input.kind === "default" ? options.input.journal : undefined]) {
    if (file !== undefined) await checkWritable(file);
  }
  const { report, page } = await replay(options, progress);
  progress.clear();
  if (options.html !== undefined && page !== null) {
    await writeFile(options.html, page).catch((error) => {
      throw new CommandError(`${options.html}: cannot be written (${firstLine(error)})`);
    });
  }
  print(options.json ? reportJson(report) : reportText(report));
  if (options.html !== undefined) process.stderr.write(`wrote ${inert(options.html)}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    progress.clear();
    process.exit(EXIT_BY_SIGNAL[signal]);
  });
}
// A reader that has seen enough (`| head`) closes the pipe; that is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

main(process.argv.slice(2)).catch((error: unknown) => {
  progress.clear();
  if (error instanceof CommandError) {
    process.stderr.write(`plimsoll: ${inert(error.message.replaceAll("\n", " "))}\n`);
    process.exitCode = EXIT_WRONG_INPUT;
    return;
  }
  process.stderr.write(
    `plimsoll: internal error, please report it\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = EXIT_BUG;
});
