/** `npm run accuracy`: errors against arbitrary precision; exit code 1 where a bound is exceeded, 2 where the file is unusable. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadMath } from "plimsoll/math";
import { nearestName } from "../../packages/cli/dist/nearest.js";
import { updateDocs } from "./docs.mjs";
import { measureGreeks, measureImpliedVol } from "./measure.mjs";
import { SECTIONS } from "./models.mjs";
import { readOracle, UnusableOracle } from "./oracle.mjs";
import { measurePeers } from "./peers.mjs";
import { asJson, asText, besidePeers, exceeded, summary } from "./report.mjs";

const SHIPPED = fileURLToPath(new URL("../../crates/math/tests/vectors/greeks.json", import.meta.url));
const OPTIONS = ["--oracle", "--json", "--update-docs"];

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UnusableOracle)) throw error;
  console.error(`accuracy: ${error.message}`);
  process.exitCode = 2;
}

/** @param {readonly string[]} args */
async function run(args) {
  const { file, isJson, isForDocs } = read(args);
  const oracle = readOracle(file);
  await loadMath();
  const findings = { ...measureGreeks(oracle), impliedVol: measureImpliedVol(oracle) };
  if (isForDocs) {
    updateDocs("accuracy", summary(findings));
    // Without the packages the last table stays.
    const beside = besidePeers(findings.outputs, await measurePeers(oracle));
    if (beside !== undefined) updateDocs("peers", beside);
  } else if (isJson) console.log(JSON.stringify(asJson(findings), null, 2));
  else console.log(asText(findings, await measurePeers(oracle), path.basename(file)));
  for (const [section, rows] of oracle.sections) {
    const isMeasured = section === "iv" || SECTIONS.some((known) => known === section);
    if (!isMeasured) console.error(`accuracy: ${rows.length} rows of ${section} not measured: no such model here`);
  }
  const faults = exceeded(findings);
  for (const fault of faults) console.error(`accuracy: bound exceeded: ${fault}`);
  return faults.length > 0 ? 1 : 0;
}

/** @param {readonly string[]} args */
function read(args) {
  let file = SHIPPED;
  let [isJson, isForDocs] = [false, false];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--json") isJson = true;
    else if (arg === "--update-docs") isForDocs = true;
    else if (arg === "--oracle") {
      file = args[++i] ?? "";
      if (file === "") throw new UnusableOracle("--oracle needs a file");
    } else throw new UnusableOracle(`unknown option ${arg}: did you mean ${nearestName(arg, OPTIONS)}?`);
  }
  if (isForDocs && file !== SHIPPED) throw new UnusableOracle("--update-docs is for the shipped vectors");
  return { file, isJson, isForDocs };
}
