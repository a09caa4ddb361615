// One file and nothing else: the module is within.
import { cpSync } from "node:fs";

cpSync("node_modules/plimsoll/dist/inline.js", "plimsoll.js");
