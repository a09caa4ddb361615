/** Live plots of the last minute, by uPlot. */
import uPlot from "uplot";

const SPAN_S = 60;
const HEIGHT = 132;

/**
 * @typedef {object} Plot
 * @property {string} title
 * @property {string} unit
 * @property {readonly string[]} lines
 * @property {number} [goal]
 */

export class Plots {
  /** @type {{ chart: any, columns: (number | null)[][] }[]} */
  #plots = [];

  /**
   * @param {HTMLElement} parent
   * @param {readonly Plot[]} plots
   */
  constructor(parent, plots) {
    const style = getComputedStyle(document.documentElement);
    const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const axis = () => ({
      stroke: color("--quiet"),
      grid: { stroke: color("--line"), width: 1 },
      ticks: { show: false },
    });
    const strokes = [color("--accent"), color("--short")];
    for (const { title, unit, lines, goal } of plots) {
      const card = parent.appendChild(document.createElement("div"));
      card.className = "card";
      const heading = card.appendChild(document.createElement("h2"));
      heading.textContent = `${title}, ${unit}`;
      for (const [i, label] of lines.length > 1 ? lines.entries() : []) {
        const key = heading.appendChild(document.createElement("span"));
        key.textContent = label;
        key.style.color = strokes[i] ?? "";
      }
      const place = card.appendChild(document.createElement("div"));
      const series = lines.map((label, i) => ({ label, stroke: strokes[i], width: 1.5, points: { show: false } }));
      const goals =
        goal === undefined
          ? []
          : [{ label: "goal", stroke: color("--met"), width: 1, dash: [4, 4], points: { show: false } }];
      const chart = new uPlot(
        {
          width: place.clientWidth,
          height: HEIGHT,
          legend: { show: false },
          cursor: { show: false },
          pxAlign: 0,
          scales: {
            x: { time: false },
            y: { range: (_, __, max) => [0, Math.max(1.15 * (max ?? 0), 1.3 * (goal ?? 0), 1e-9)] },
          },
          axes: [
            { ...axis(), size: 26, values: (_, ticks) => ticks.map((s) => `${s} s`) },
            { ...axis(), size: 46 },
          ],
          series: [{}, ...series, ...goals],
        },
        [[], ...lines.map(() => []), ...goals.map(() => [])],
        place,
      );
      this.#plots.push({ chart, columns: [[], ...lines.map(() => []), ...goals.map(() => [])] });
      new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
    }
  }

  /**
   * A moment's figures: a row for each plot. Each is drawn in a task of its own, all before the next frame if they can be: a browser
   * hands all canvases on with a frame, however many have changed.
   *
   * @param {number} second
   * @param {readonly (readonly (number | undefined)[])[]} rows
   */
  add(second, rows) {
    for (const [i, { chart, columns }] of this.#plots.entries()) {
      const row = [second, .../** @type {readonly (number | undefined)[]} */ (rows[i])];
      for (const [c, column] of columns.entries())
        column.push(Number.isFinite(row[c]) ? /** @type {number} */ (row[c]) : null);
      while (/** @type {number} */ (columns[0]?.[0]) < second - SPAN_S) for (const column of columns) column.shift();
      setTimeout(() => chart.setData(columns));
    }
  }
}
