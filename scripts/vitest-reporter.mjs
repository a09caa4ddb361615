import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { NO_REASON } from "./test-report.mjs";

/** Counts what vitest ran into the shape of `test-report.mjs`, with the reason of every skipped test. */
export default class CountingReporter {
  #file;
  #printedReasons = new Map();

  /** @param {string} file  where the counts go */
  constructor(file) {
    this.#file = file;
  }

  onUserConsoleLog({ taskId, content }) {
    const reason = /^skipped: (.+)$/m.exec(content)?.[1];
    if (reason !== undefined && taskId !== undefined) this.#printedReasons.set(taskId, reason);
  }

  onTestRunEnd(modules, unhandledErrors) {
    const faults = unhandledErrors.map((error) => String(error.message));
    const report = { passed: 0, failures: [], skipped: [], faults };
    for (const module of modules) {
      for (const error of module.errors()) report.faults.push(`${module.moduleId}: ${error.message}`);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) report.faults.push(`${suite.fullName}: ${error.message}`);
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") report.passed += 1;
        else if (result.state === "failed") report.failures.push(failureText(test, result));
        else report.skipped.push({ name: test.fullName, reason: this.#reasonOf(test, module, result) });
      }
    }
    mkdirSync(path.dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(report));
  }

  #reasonOf(test, module, result) {
    return result.note ?? this.#printedReasons.get(test.id) ?? this.#printedReasons.get(module.id) ?? NO_REASON;
  }
}

/** The test and the first line of what it failed with. */
function failureText(test, { errors }) {
  return `${test.module.relativeModuleId} > ${test.fullName}: ${errors?.[0]?.message.split("\n")[0] ?? "no error given"}`;
}
