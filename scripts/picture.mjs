/**
 * The README's picture, out of the page that the command draws of its seeded day:
 *
 *   npm start -- --html page.html
 *   node scripts/picture.mjs page.html docs/crash.svg
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LABEL = "maintenance leverage of all accounts over time";
const SIZE = { width: 1080, height: 352 };
/** Where the legend stands, and how wide a letter of it is at most. */
const LEGEND = { x: 58, y: 334, square: 10, gap: 30, letter: 7 };

/**
 * A picture as a file of its own: on white, with its legend, to a tenth of a pixel.
 *
 * @param {string} page
 */
export function pictureOf(page) {
  const at = page.indexOf(`aria-label="${LABEL}"`);
  if (at < 0) throw new Error(`the page has no picture of the ${LABEL}`);
  const section = page.slice(page.lastIndexOf("<section", at), page.indexOf("</svg>", at));
  const drawing = section
    .slice(section.indexOf(">", section.indexOf(LABEL)) + 1)
    .replace(/<style>[\s\S]*?<\/style>/, "");
  let { x } = LEGEND;
  const legend = [...section.matchAll(/fill="(#\w{6})"\/><\/svg>([^<]+)<\/span>/g)].map(([, fill, name = ""]) => {
    const { y, square, gap, letter } = LEGEND;
    const key = `<rect x="${x}" y="${y}" width="${square}" height="${square}" fill="${fill}"/>`;
    const text = `<text x="${x + square + 6}" y="${y + square - 1}" text-anchor="start">${name}</text>`;
    x += square + gap + letter * name.length;
    return key + text;
  });
  const { width, height } = SIZE;
  const font = `font-family="system-ui, sans-serif" font-size="12" text-anchor="middle" fill="currentColor" color="#1b2a3a"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${font}>`;
  const rounded = drawing.replace(/-?\d+\.\d{2,}/g, (digits) => String(Number(Number(digits).toFixed(1))));
  return `${head}<title>${LABEL}</title><rect width="${width}" height="${height}" fill="#ffffff"/>${rounded}${legend.join("")}</svg>\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [page = "", file = ""] = process.argv.slice(2);
  writeFileSync(file, pictureOf(readFileSync(page, "utf8")));
}
