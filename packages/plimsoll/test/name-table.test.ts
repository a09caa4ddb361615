import fc from "fast-check";
import { expect, test } from "vitest";
import { hashOf, NameTable } from "../src/engine/name-table.js";

test("a table of names is a map from names to rows, whatever comes and goes", () => {
  // few names, so that they come again; and two that have the same hash
  const names = ["costarring", "liquid", ...Array.from({ length: 60 }, (_, i) => `account ${i}`)];
  const moves = fc.array(fc.nat(names.length - 1), { maxLength: 400 });
  fc.assert(
    fc.property(moves, (chosen) => {
      const rows: (string | undefined)[] = [];
      const table = new NameTable(rows);
      const map = new Map<string, number>();
      for (const which of chosen) {
        const name = names[which] as string;
        const row = map.get(name);
        if (row === undefined) {
          map.set(name, rows.push(name) - 1);
          table.add(rows.length - 1);
        } else {
          table.remove(row);
          map.delete(name);
          rows[row] = undefined;
        }
        expect(table.size).toBe(map.size);
        for (const other of names) expect(table.row(other)).toBe(map.get(other) ?? -1);
      }
    }),
  );
});

test("names that were chosen to have one hash cost no more than others", () => {
  // the last unit decides the lower half of FNV's state, so that every name here ends in one place of a table without a secret
  const lowerHalf = (name: string) => hashOf(name, 0x811c_9dc5) & 0xffff;
  const chosen: string[] = [];
  for (let i = 0; chosen.length < 20_000; i++) {
    const prefix = `user ${i}:`;
    const name = prefix + String.fromCharCode(lowerHalf(prefix) ^ 0x1234);
    if (lowerHalf(name) === lowerHalf(String.fromCharCode(lowerHalf("") ^ 0x1234))) chosen.push(name);
  }
  const timeOf = (names: readonly string[]) => {
    const startMs = performance.now();
    const table = new NameTable(names);
    for (let row = 0; row < names.length; row++) if (table.row(names[row] as string) < 0) table.add(row);
    expect(table.size).toBe(names.length);
    return performance.now() - startMs;
  };
  const plainMs = timeOf(chosen.map((_, i) => `user ${i}`));
  // without a seed a thousand times as long
  expect(timeOf(chosen)).toBeLessThan(20 * plainMs + 100);
});
