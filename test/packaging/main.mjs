/** `npm run packaging`: the matrix of hosts, one row each; `--json`; words after it pick the hosts whose names hold one of them. */
import { parseArgs } from "node:util";
import { CONTRACTS } from "./contract.mjs";
import { GATES } from "./gates.mjs";
import { HOSTS } from "./hosts.mjs";
import { rowsOf } from "./matrix.mjs";
import { Browsers } from "./pages.mjs";

const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
const wanted = [...GATES, ...HOSTS, ...CONTRACTS].filter(({ host }) =>
  positionals.every((word) => host.toLowerCase().includes(word.toLowerCase())),
);
const browsers = new Browsers();
const rows = [];
try {
  for await (const row of rowsOf(wanted, browsers)) {
    rows.push(row);
    if (!values.json) process.stdout.write(`${textOf(row)}\n`);
  }
} finally {
  await browsers.close();
}
if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else process.stdout.write(`${rows.filter(({ ok }) => ok).length} of ${rows.length} rows are as they should be\n`);
process.exit(rows.every(({ ok }) => ok) ? 0 : 1);

/** @param {import("./matrix.mjs").Row} row */
function textOf({ host, version, ok, ms, detail }) {
  return [
    ok ? "ok  " : "FAIL",
    host.padEnd(58),
    version.padEnd(16),
    `${ms.toFixed(0)} ms`.padStart(9),
    ` ${detail}`,
  ].join(" ");
}
