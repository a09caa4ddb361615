import { run } from "./health.js";

console.log(await run());
