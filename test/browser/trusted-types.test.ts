import { expect, test } from "vitest";
import { whyNot } from "./browsers.mjs";
import { openSite } from "./site.js";

test("a page that requires trusted types has engines in its thread and, by a policy's address, in workers", async ({
  skip,
}) => {
  const reason = whyNot("chromium");
  if (reason !== undefined) skip(reason);
  const { answer, close } = await openSite("chromium");
  try {
    const answers = await answer(
      `import { createEngine, createWorkerEngine } from "plimsoll";
      const meta = document.createElement("meta");
      meta.httpEquiv = "Content-Security-Policy";
      meta.content = "require-trusted-types-for 'script'; trusted-types plimsoll";
      document.head.append(meta);
      const workerUrl = trustedTypes
        .createPolicy("plimsoll", { createScriptURL: (url) => url })
        .createScriptURL("/plimsoll/worker.js");
      const untrusted = await createWorkerEngine({ workers: 1 }).catch(({ code, message }) => [code, message]);
      const inThread = await createEngine();
      const inWorker = await createWorkerEngine({ workers: 1, workerUrl });
      await inWorker.addAccount({ id: "a" });
      const answer = { untrusted, inThread: inThread.quote, accounts: (await inWorker.stats()).accounts };
      await inWorker.dispose();`,
    );
    const untrusted = ["WORKER_LOAD_FAILED", expect.stringMatching(/starts \(.*TrustedScriptURL.*\), was http/)];
    expect(answers).toEqual({ untrusted, inThread: "USD", accounts: 1 });
  } finally {
    await close();
  }
});
