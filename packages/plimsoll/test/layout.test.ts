import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Core } from "../src/core.js";
import { BLOCKS, COMMANDS, NAMES, OUTCOME, RECORDS } from "../src/layout.js";
import { instantiate } from "../src/loader.js";

const module = new WebAssembly.Module(readFileSync(new URL("../dist/plimsoll.wasm", import.meta.url)));

test("the layout in TypeScript is the one that the binary exports", async () => {
  const pairs = (list: Readonly<Record<string, unknown>>) =>
    Object.entries(list).map(([name, value]) => `${name}:${value}`);
  const lines = [
    `outcome ${pairs(OUTCOME).join(" ")}`,
    ...pairs(BLOCKS).map((block) => `block ${block}`),
    ...Object.entries(COMMANDS).map(([name, args]) => ["command", name, ...args].join(" ")),
    ...Object.entries(RECORDS).map(([name, fields]) => ["record", name, ...fields].join(" ")),
    ...Object.entries(NAMES).map(([name, names]) => ["names", name, ...names].join(" ")),
  ];
  const described = new Core(await instantiate(module)).describe().trimEnd().split("\n");
  expect(lines.sort()).toEqual(described.sort());
});

test("blocks, commands and names have the numbers that their order gives", async () => {
  const described = new Core(await instantiate(module)).describe().split("\n");
  const inOrder = (kind: string) =>
    described.filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(/[ :]/)[1]);
  expect(Object.keys(BLOCKS)).toEqual(inOrder("block"));
  expect(Object.keys(COMMANDS)).toEqual(inOrder("command"));
});

test("the module asks for nothing but wasm-bindgen's table", () => {
  expect(WebAssembly.Module.imports(module).map(({ name }) => name)).toEqual(["__wbindgen_init_externref_table"]);
});
