import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BLOCKS, COMMANDS, LIMITS, NAMES, OUTCOME, RECORDS } from "../src/core/layout.js";

/** As it was built: what is published is without the description. */
const module = new WebAssembly.Module(readFileSync(new URL("../pkg/plimsoll_bg.wasm", import.meta.url)));
const [section] = WebAssembly.Module.customSections(module, "plimsoll-layout");
const description = new TextDecoder().decode(section).trimEnd();

test("the layout in TypeScript is the one that the binary describes", () => {
  const lines = [
    ...Object.entries(OUTCOME).map(([name, number]) => `outcome ${name} ${number}`),
    ...Object.entries(BLOCKS).map(([name, element]) => `block ${name} ${element}`),
    ...Object.entries(COMMANDS).map(([name, args]) =>
      ["command", name, ...args.map((arg) => arg.replace(":", " "))].join(" "),
    ),
    ...Object.entries(RECORDS).map(([name, fields]) => ["record", name, ...fields].join(" ")),
    ...Object.entries(NAMES).map(([name, names]) => ["names", name, ...names].join(" ")),
    ...Object.entries(LIMITS).map(([name, number]) => `limit ${name} ${number}`),
  ];
  expect(lines.sort()).toEqual(camelCase(description).split("\n").sort());
});

/** The binary names arguments in snake_case, as Rust does. */
function camelCase(text: string): string {
  return text.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

test("blocks, commands and names have the numbers that their order gives", () => {
  const described = description.split("\n");
  const inOrder = (kind: string) =>
    described.filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(/[ :]/)[1]);
  expect(Object.keys(BLOCKS)).toEqual(inOrder("block"));
  expect(Object.keys(COMMANDS)).toEqual(inOrder("command"));
});

test("the module asks for nothing but wasm-bindgen's table", () => {
  expect(WebAssembly.Module.imports(module).map(({ name }) => name)).toEqual(["__wbindgen_init_externref_table"]);
});
