/** Something the user can put right: shown as one line on stderr, without a stack, and the command ends with exit code 2. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** First line of whatever was thrown, for messages that must fit one line. */
export function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.split("\n", 1)[0] ?? "";
}
