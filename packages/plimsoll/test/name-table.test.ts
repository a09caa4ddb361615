import fc from "fast-check";
import { expect, test } from "vitest";
import { NameTable } from "../src/name-table.js";

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
