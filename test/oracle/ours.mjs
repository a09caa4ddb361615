/** Prices columns of options for `quantlib.py`: JSON of `greeks`' input on stdin, JSON of its answer on stdout. */
import { text } from "node:stream/consumers";
import { greeks, loadMath } from "plimsoll/math";

await loadMath();
const answer = greeks(JSON.parse(await text(process.stdin)));
process.stdout.write(JSON.stringify(answer, (_, value) => (ArrayBuffer.isView(value) ? [...value] : value)));
