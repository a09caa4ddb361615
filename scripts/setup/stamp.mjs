import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Every file under the given files and folders, sorted, without those that `skips` names. */
export function filesUnder(places, skips = () => false) {
  const found = [];
  const visit = (place) => {
    if (skips(place)) return;
    if (statSync(place).isDirectory()) {
      for (const name of readdirSync(place)) visit(path.join(place, name));
    } else {
      found.push(place);
    }
  };
  for (const place of places) if (existsSync(place)) visit(place);
  return found.sort();
}

/** SHA-256 in hex over the names (relative to `root`) and contents of files, and over further text. */
export function digestOf(root, files, ...further) {
  const hash = createHash("sha256");
  for (const text of further) hash.update(`${text.length}:${text}`);
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${path.relative(root, file).split(path.sep).join("/")}:${content.length}:`);
    hash.update(content);
  }
  return hash.digest("hex");
}

/**
 * A step's mark that it was done: the digest of what went in and of what came out. It is taken away before the step runs,
 * so that a step which was cut short is done again.
 */
export class Stamp {
  #file;

  constructor(folder, name) {
    this.#file = path.join(folder, `${name}.stamp`);
  }

  matches(inputs, outputs) {
    return existsSync(this.#file) && readFileSync(this.#file, "utf8") === `${inputs}\n${outputs}\n`;
  }

  remove() {
    rmSync(this.#file, { force: true });
  }

  write(inputs, outputs) {
    mkdirSync(path.dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, `${inputs}\n${outputs}\n`);
  }
}
