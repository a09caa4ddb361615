/** A WebDriver session of WebKitGTK's MiniBrowser (Safari's engine), spoken to by plain HTTP. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";

const START_MS_MAX = 30_000;
const SCRIPT_MS_MAX = 180_000;
const RETRY_MS = 100;

/** The session that a WebDriver of WebKitGTK gives on a virtual display. */
export class WebDriver {
  #session;
  #driver;

  /**
   * @param {string} session
   * @param {string} version
   * @param {import("node:child_process").ChildProcess} driver
   */
  constructor(session, version, driver) {
    this.#session = session;
    this.version = version;
    this.#driver = driver;
  }

  /**
   * @param {string} miniBrowser path of the browser
   * @returns {Promise<WebDriver>}
   */
  static async start(miniBrowser) {
    const port = await freePort();
    const args = ["-a", "WebKitWebDriver", `--port=${port}`];
    // a group of its own, so that the display ends with the driver
    // a locale of C would make `navigator.language` "C", which is no language to Intl
    const env = { ...process.env, LANG: "en_US.UTF-8", LANGUAGE: "en_US" };
    const driver = spawn("xvfb-run", args, { stdio: "ignore", detached: true, env });
    const origin = `http://127.0.0.1:${port}`;
    const capabilities = {
      alwaysMatch: {
        browserName: "MiniBrowser",
        "webkitgtk:browserOptions": { binary: miniBrowser, args: ["--automation"] },
      },
    };
    try {
      await untilReady(`${origin}/status`);
      const { sessionId, capabilities: found } = await request(`${origin}/session`, { capabilities });
      const session = `${origin}/session/${sessionId}`;
      await request(`${session}/timeouts`, { script: SCRIPT_MS_MAX });
      return new WebDriver(session, found.browserVersion, driver);
    } catch (error) {
      end(driver);
      throw error;
    }
  }

  /** @param {string} url */
  async goto(url) {
    await request(`${this.#session}/url`, { url });
  }

  /**
   * @param {string} expression JavaScript whose value, or the value of whose promise, is JSON
   * @returns {Promise<unknown>}
   */
  async evaluate(expression) {
    const script = `const answer = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${expression})).then((value) => answer({ value }), (error) => answer({ error: String(error) }));`;
    const { value, error } = await request(`${this.#session}/execute/async`, { script, args: [] });
    if (error !== undefined) throw new Error(error);
    return value;
  }

  /** @returns {Promise<Buffer>} a PNG */
  async screenshot() {
    return Buffer.from(await request(`${this.#session}/screenshot`), "base64");
  }

  async close() {
    await request(this.#session, undefined, "DELETE").catch(() => {});
    end(this.#driver);
  }
}

/** @param {import("node:child_process").ChildProcess} driver */
function end(driver) {
  if (driver.pid !== undefined) process.kill(-driver.pid);
}

/**
 * @param {string} url
 * @param {unknown} [body]
 * @param {string} [method]
 * @returns {Promise<any>} the answer's `value`
 */
async function request(url, body, method = body === undefined ? "GET" : "POST") {
  const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const { value } = /** @type {{ value: any }} */ (await response.json());
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${value?.error}: ${value?.message}`);
  return value;
}

/** @param {string} status */
async function untilReady(status) {
  const deadline = performance.now() + START_MS_MAX;
  for (;;) {
    try {
      if ((await request(status)).ready) return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
