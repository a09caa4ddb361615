// The root commands: `node scripts/run.mjs start|test|build|bench|accuracy|surfaces|packaging|lint|format`. Uses nothing but
// Node, and syntax that an old Node still parses, so that it can say what is missing.

const MINIMUM_NODE = [20, 19];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
  process.stderr.write(
    "plimsoll: Node " +
      MINIMUM_NODE.join(".") +
      " or newer is needed, this is " +
      process.versions.node +
      ": get it from nodejs.org or your version manager\n",
  );
  process.exit(1);
}

import("./commands.mjs").then((commands) => commands.main(process.argv.slice(2)));
