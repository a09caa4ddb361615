import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { ReplayOptions } from "./arguments.js";
import { runChain } from "./chain/run.js";
import { CommandError, firstLine } from "./errors.js";
import { runFills } from "./fills/run.js";
import type { Progress } from "./progress.js";
import type { Report } from "./report/report.js";
import { runDefault } from "./scenario/run.js";

/** A report, and the page if one was asked for. */
interface Replay {
  readonly report: Report;
  readonly page: string | null;
}

/** Runs the replay that the options ask for. @throws {CommandError} the input cannot be used */
export async function replay(options: ReplayOptions, progress: Progress): Promise<Replay> {
  const wantPage = options.html !== undefined;
  switch (options.input.kind) {
    case "fills": {
      const { report, pictures } = await runFills(options.input, wantPage, progress);
      return {
        report,
        page: pictures === null ? null : (await import("./report/html.js")).reportPage(report, pictures),
      };
    }
    case "chain": {
      const { report, pictures } = await runChain(options.input.file, wantPage, progress);
      return {
        report,
        page: pictures === null ? null : (await import("./report/html.js")).chainPage(report, pictures),
      };
    }
    case "default": {
      const { report, pictures } = await runDefault(options.input, wantPage, progress);
      return {
        report,
        page: pictures === null ? null : (await import("./report/html.js")).reportPage(report, pictures),
      };
    }
  }
}

/** Refuses early what could not be written at the end. @throws {CommandError} */
export async function checkWritable(path: string): Promise<void> {
  const existing = await stat(path).catch(() => null);
  if (existing?.isDirectory()) throw new CommandError(`${path}: is a directory, a file name is needed`);
  await access(existing === null ? dirname(path) : path, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "its directory does not exist" : firstLine(error);
    throw new CommandError(`${path}: cannot be written (${reason})`);
  });
}
