/** The tables of docs/pricing.md that `npm run accuracy` prints. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../docs/pricing.md", import.meta.url));

/** @typedef {"accuracy" | "peers"} Part */

/** What stands in the docs. @param {Part} part */
export function inDocs(part) {
  return split(part).inside.trim();
}

/** Puts a part into the docs. @param {Part} part @param {string} text */
export function updateDocs(part, text) {
  const { before, after } = split(part);
  writeFileSync(FILE, `${before}\n${text}\n${after}`);
}

/** @param {Part} part */
function split(part) {
  const text = readFileSync(FILE, "utf8");
  const match = new RegExp(`^(.*<!-- ${part}: [^\\n]*-->\\n)(.*)(<!-- end of ${part} -->.*)$`, "s").exec(text);
  if (match === null) throw new Error(`docs/pricing.md has no part ${part}`);
  const [, before = "", inside = "", after = ""] = match;
  return { before, inside, after };
}
