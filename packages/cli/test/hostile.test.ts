import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { plimsoll, withFiles } from "./support.js";

/** Names that would clear the screen, set a title, turn the line around or run a script where they were taken for more than names. */
const COMMANDS = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u0000";
const USER = `</script><script>alert(1)</script>${COMMANDS}`;
const COIN = `x" onload="alert(2)" '&quot;<img src=x onerror=alert(3)>${COMMANDS}`;

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
const EXPORT = {
  "trades.csv": `\ufefftime,user,coin,side,px,sz
2023-03-01T10:00:00Z,${cell(USER)},${cell(COIN)},Bid,100,1
2023-03-01T10:10:00Z,__proto__,constructor,Ask,92,0.5
2023-03-01T10:20:00Z,${cell(USER)},${cell(COIN)},Ask,90,1
2023-03-01T10:20:00Z,bob,${cell(COIN)},${cell(`Bid${COMMANDS}`)},90,1
`,
  "ledger.csv": `time,user,delta_usd\n2023-03-01T09:00:00Z,${cell(USER)},10\n2023-03-01T09:00:00Z,__proto__,10\n`,
  "liquidations\u001b[31m\n.csv": `time,user,liquidated_ntl_pos,liquidated_account_value,leverage_type
2023-03-01T10:20:00Z,${cell(USER)},90,1,Cross
2023-03-01T10:20:00Z,${cell(USER)},x,1,Cross
`,
};
const NOT_PRINTABLE = /(?!\n)[\p{Cc}\u202e]/u;

test("names in an export command neither a terminal nor a page, and JSON keeps them as they are", async () => {
  await withFiles(EXPORT, async (directory) => {
    const html = `${directory}/report.html`;
    const { code, stdout } = await plimsoll(["replay", "--fills", directory, "--html", html]);
    expect(code).toBe(0);
    expect(stdout).toContain("Rejected rows: 2");
    expect(stdout).not.toMatch(NOT_PRINTABLE);

    const page = await readFile(html, "utf8");
    expect(page).not.toMatch(NOT_PRINTABLE);
    expect(page).toContain("default-src 'none'");
    // the values of attributes are text
    const tags = page.replace(/"[^"]*"/g, '""').match(/<[^<>]*>/g) ?? [];
    expect(tags.filter((tag) => /script|img|onload/i.test(tag))).toEqual([]);

    const { stdout: json } = await plimsoll(["replay", "--fills", directory, "--json"]);
    expect(json).not.toMatch(NOT_PRINTABLE);
    expect(JSON.parse(json).liquidations[0]).toMatchObject({ user: USER, coins: [COIN] });
  });
});

test("a name of a file commands no terminal in an error", async () => {
  const { code, stderr } = await plimsoll(["replay", "--fills", `/nowhere${COMMANDS.replace("\u0000", "")}\n`]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^plimsoll: [^\n]+\n$/);
  expect(stderr).not.toMatch(NOT_PRINTABLE);
});
