import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PACKAGE = fileURLToPath(new URL("../../packages/plimsoll", import.meta.url));
const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

const npm = (folder: string, ...args: string[]) => execFileSync("npm", args, { cwd: folder, encoding: "utf8" });

test("the tarball installs into an empty folder, offline, and runs the README's first program; require() works too", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "plimsoll-tarball-"));
  try {
    const [packed] = JSON.parse(npm(PACKAGE, "pack", "--json", "--pack-destination", folder));
    const files = packed.files.map((file: { path: string }) => file.path);
    expect(files).toEqual(expect.arrayContaining(["LICENSE-MIT", "LICENSE-APACHE", "README.md", "dist/plimsoll.wasm"]));
    expect(files.filter((file: string) => !/^(dist\/|LICENSE-|README\.md$|package\.json$)/.test(file))).toEqual([]);
    writeFileSync(path.join(folder, "package.json"), "{}");
    npm(folder, "install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`);

    const [program] = /(?<=```js\n)import \{ createEngine[\s\S]*?(?=```)/.exec(README) ?? [];
    writeFileSync(path.join(folder, "first.mjs"), program as string);
    const run = (file: string) => execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
    expect(run("first.mjs")).toBe("3.8558\n44983.16\n");

    writeFileSync(
      path.join(folder, "first.cjs"),
      'require("plimsoll").createEngine().then((engine) => console.log(engine.quote));',
    );
    expect(run("first.cjs")).toBe("USD\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
