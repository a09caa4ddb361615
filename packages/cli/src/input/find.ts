import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../errors.js";
import { unreadableReason } from "./csv.js";

/** Names of the entries of a directory, sorted. @throws {CommandError} it is missing, no directory or unreadable */
export async function listDirectory(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new CommandError(`${directory}: no such directory`);
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR")
      throw new CommandError(`${directory}: is a file, a directory is needed`);
    throw new CommandError(`${directory}: ${unreadableReason(error)}`);
  }
}

/**
 * The one file called `stem`.csv, plain or gzipped.
 *
 * @throws {CommandError} none is there, or both are
 */
export function onlyFile(directory: string, names: readonly string[], stem: string): string {
  const found = names.filter((name) => name === `${stem}.csv` || name === `${stem}.csv.gz`);
  if (found.length === 0) throw new CommandError(`${directory}: ${stem}.csv or ${stem}.csv.gz is missing`);
  if (found.length > 1) throw new CommandError(`${directory}: ${found.join(" and ")} are both there; keep one`);
  return join(directory, found[0] as string);
}

/** Every file whose name starts with `stem` and ends with .csv or .csv.gz. @throws {CommandError} none is there */
export function filesStartingWith(directory: string, names: readonly string[], stem: string): string[] {
  const found = names.filter((name) => name.startsWith(stem) && /\.csv(\.gz)?$/.test(name));
  if (found.length === 0) throw new CommandError(`${directory}: ${stem}*.csv or ${stem}*.csv.gz is missing`);
  return found.map((name) => join(directory, name));
}
