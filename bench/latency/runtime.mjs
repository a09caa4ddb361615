/** What in-runtime.mjs runs, with the number of rounds. */
import process from "node:process";
import { measure } from "./page.mjs";

console.log(JSON.stringify(await measure(Number(process.argv[2]))));
// its channel of tasks would keep it alive
process.exit();
