/**
 * `npm run surfaces`: SVI and SSVI fitted to option chains, by default every one of the data beside the repository; exit code 1 where a
 * fit misses its bound or has arbitrage that its verdict does not tell, 2 where a file is unusable.
 */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadMath } from "plimsoll/math";
import { CommandError, firstLine } from "../../packages/cli/dist/errors.js";
import { readChains } from "./chains.mjs";
import { fit, prepare } from "./fit.mjs";
import { asJson, asText, faultsOf } from "./report.mjs";

const DATA = fileURLToPath(new URL("../../../shared/data", import.meta.url));
const FOLDERS = ["deribit-2026-snapshots", "deribit-mit-chains"];

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.error(`surfaces: ${error.message}`);
  process.exitCode = 2;
}

async function run() {
  const { values, positionals } = read(process.argv.slice(2));
  const files = positionals.length > 0 ? positionals : shared();
  if (files.length === 0) {
    console.log("skipped: no data");
    return 0;
  }
  await loadMath();
  const findings = [];
  for (const file of files) {
    for (const { name, coin, quotes } of await readChains(file)) {
      const { expiries, left, parityOff } = prepare(quotes);
      if (expiries.length === 0) {
        console.error(`surfaces: ${name} ${coin}: left out, no expiry has five options quoted on both sides`);
        continue;
      }
      // The first fit of all compiles the code; its time would be that of the compiler.
      if (findings.length === 0) fit(expiries);
      const [svi, ssvi] = fit(expiries);
      findings.push({ name, coin, expiries: expiries.length, left, parityOff, svi, ssvi });
    }
  }
  console.log(values.json ? JSON.stringify(asJson(findings), null, 2) : asText(findings));
  const faults = faultsOf(findings);
  for (const fault of faults) console.error(`surfaces: ${fault}`);
  return faults.length > 0 ? 1 : 0;
}

/** @param {string[]} args */
function read(args) {
  try {
    return parseArgs({ args, options: { json: { type: "boolean" } }, allowPositionals: true });
  } catch (error) {
    throw new CommandError(firstLine(error));
  }
}

/** Every chain beside the repository. */
function shared() {
  const folders = FOLDERS.map((folder) => path.join(DATA, folder)).filter((folder) => existsSync(folder));
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".csv.gz"))
      .sort()
      .map((name) => path.join(folder, name)),
  );
}
