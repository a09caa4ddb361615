// Plays tsc and rollup: what the set-up looks for afterwards is there.

import { mkdirSync, writeFileSync } from "node:fs";

for (const [folder, files] of Object.entries({
  ".build": ["index.d.ts", "math.d.ts"],
  dist: [
    "index.js",
    "index.d.ts",
    "math.js",
    "math.d.ts",
    "inline.js",
    "slim.js",
    "workerd.js",
    "worker.js",
    "main.js",
  ],
})) {
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileSync(`${folder}/${file}`, file);
}
