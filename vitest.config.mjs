import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import CountingReporter from "./scripts/vitest-reporter.mjs";

const TEST_MS_MAX = 180_000;
/** What is held to a time runs before all others, with nothing beside it. */
const TIMED = ["test/packaging/start.test.ts"];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "timed", include: TIMED, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: "tests",
          include: ["{packages/*,test,bench,scripts}/**/*.test.{ts,mjs}"],
          exclude: ["**/node_modules/**", "**/dist/**", "**/.build/**", ...TIMED],
          sequence: { groupOrder: 1 },
        },
      },
    ],
    pool: "forks",
    testTimeout: TEST_MS_MAX,
    hookTimeout: TEST_MS_MAX,
    // What is built is loaded by Node itself, as its users load it.
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
    reporters: ["default", new CountingReporter(fileURLToPath(new URL(".setup/vitest.json", import.meta.url)))],
  },
});
