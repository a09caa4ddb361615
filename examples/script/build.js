// No bundler: the package's files as they are, where the page can ask for them.
import { cpSync } from "node:fs";

cpSync("node_modules/plimsoll/dist", "plimsoll", { recursive: true });
