/** Margin models on their way to the engine: which table an instrument stands under, and how tables become words. */

import { requireName } from "./checks.js";
import type { Core } from "./core.js";
import { withPath } from "./errors.js";
import { NAMES } from "./layout.js";
import type { Brackets, InstrumentInput, LeverageTier, MarginModel } from "./types.js";

/** What decides an instrument's table. */
export type TableTerms = Pick<InstrumentInput, "id" | "underlying" | "brackets" | "marginTable" | "maxLeverage">;

/** Leverage below which the id of an absent margin table stands for one tier of that leverage. */
const SINGLE_TIER_BELOW = 50;

/** The table of an instrument's own under a model; undefined where the model's default decides. */
export function tableOf(model: MarginModel, terms: TableTerms): Brackets | undefined {
  if (terms.brackets !== undefined) return terms.brackets;
  const rule = model.leverageRule;
  if (rule !== undefined && terms.marginTable !== undefined) {
    const tiers = marginTable(model, terms.marginTable);
    if (tiers !== undefined) return fromTiers(tiers, rule);
    // what its largest leverage asks may be less than the tiers that nobody knows here
    if (model.marginTables !== undefined) return undefined;
  }
  if (rule !== undefined && terms.maxLeverage !== undefined) {
    return fromTiers([{ lower: 0, maxLeverage: terms.maxLeverage }], rule);
  }
  return own(model.tables, terms.id) ?? own(model.tables, terms.underlying);
}

function marginTable(model: MarginModel, id: string | number): readonly LeverageTier[] | undefined {
  const leverage = Number(id);
  const isSingleTier = Number.isInteger(leverage) && leverage > 0 && leverage < SINGLE_TIER_BELOW;
  return own(model.marginTables, id) ?? (isSingleTier ? [{ lower: 0, maxLeverage: leverage }] : undefined);
}

/** What an object has under a name of its own: an instrument may be called `constructor`. */
function own<Value>(object: Readonly<Record<string, Value>> | undefined, name: string | number): Value | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

function fromTiers(tiers: readonly LeverageTier[], rule: NonNullable<MarginModel["leverageRule"]>): Brackets {
  if ("maintenanceShare" in rule) return { form: "max-leverage", tiers, maintenanceShare: rule.maintenanceShare };
  const rows = tiers.map(({ lower, maxLeverage }) => {
    return { lower, initialRate: 1 / maxLeverage, maintenanceRate: rule.maintenanceRate };
  });
  return { form: "marginal", rows };
}

/** A table as words: its form, a count, and six words per row. */
function tableWords(table: Brackets): number[] {
  const words = [NAMES.form.indexOf(table.form)];
  if (table.form === "max-leverage") {
    const { tiers } = table;
    words.push(tiers.length);
    for (const [i, { lower, maxLeverage }] of tiers.entries()) {
      const upper = tiers[i + 1]?.lower ?? Number.POSITIVE_INFINITY;
      words.push(lower, upper, maxLeverage, 0, table.maintenanceShare, 0);
    }
    return words;
  }
  const { rows } = table;
  words.push(rows.length);
  for (const [i, row] of rows.entries()) {
    const upper = row.upper ?? rows[i + 1]?.lower ?? Number.POSITIVE_INFINITY;
    words.push(
      row.lower,
      upper,
      row.initialRate,
      row.initialDeduction ?? 0,
      row.maintenanceRate,
      row.maintenanceDeduction ?? 0,
    );
  }
  return words;
}

/** Refuses a table that the engine would, naming its row; returns its words. */
export function checkTable(core: Core, table: Brackets, path: string): number[] {
  const words = tableWords(table);
  try {
    core.call("checkBrackets", path, words);
  } catch (error) {
    // the engine speaks of brackets, whatever the caller has given
    throw withPath(error, (at) => {
      const row = at.slice(path.length);
      if (table.form !== "max-leverage") return path + row.replace(/^\.brackets/, ".rows");
      return path + row.replace(/^\.brackets/, ".tiers");
    });
  }
  return words;
}

/** Likewise for a margin table, which is a bare list of tiers. */
function checkTiers(
  core: Core,
  tiers: readonly LeverageTier[],
  rule: NonNullable<MarginModel["leverageRule"]>,
  path: string,
): void {
  try {
    checkTable(core, fromTiers(tiers, rule), path);
  } catch (error) {
    throw withPath(error, (at) => {
      return at
        .replace(`${path}.tiers`, path)
        .replace(`${path}.rows`, path)
        .replace(/initialRate$/, "maxLeverage");
    });
  }
}

/** A model as words, with the tables of the instruments given. Every table of the model is checked first. */
export function modelWords(
  core: Core,
  model: MarginModel,
  instruments: Iterable<readonly [number, TableTerms]>,
  path: string,
): number[] {
  for (const [id, table] of Object.entries(model.tables ?? {})) checkTable(core, table, `${path}.tables.${id}`);
  const rule = model.leverageRule;
  if (rule !== undefined) {
    for (const [id, tiers] of Object.entries(model.marginTables ?? {})) {
      checkTiers(core, tiers, rule, `${path}.marginTables.${id}`);
    }
  }
  const tables: number[] = [];
  let count = 0;
  if (model.defaultTable !== undefined) {
    tables.push(Number.NaN, ...checkTable(core, model.defaultTable, `${path}.defaultTable`));
    count++;
  }
  for (const [instrument, terms] of instruments) {
    const table = tableOf(model, terms);
    if (table === undefined) continue;
    tables.push(instrument, ...checkTable(core, table, `${path}.tables.${terms.id}`));
    count++;
  }
  const { warning, reduceOnly, liquidatable, equalityIsLiquidatable = true, hysteresis = 0.01 } = model.bands ?? {};
  const { initial: warningInitial = 0, maintenance: warningMaintenance = 0 } = warning ?? { initial: 1.25 };
  const { initial: reduceInitial = 0, maintenance: reduceMaintenance = 0 } = reduceOnly ?? { initial: 1 };
  const { initial: liquidInitial = 0, maintenance: liquidMaintenance = 0 } = liquidatable ?? { maintenance: 1 };
  return [
    model.version,
    requireName(NAMES.unit, model.unit ?? "quote", `${path}.unit`),
    Number(model.ordersInMaintenance ?? false),
    warningInitial,
    warningMaintenance,
    reduceInitial,
    reduceMaintenance,
    liquidInitial,
    liquidMaintenance,
    Number(equalityIsLiquidatable),
    hysteresis,
    count,
    ...tables,
  ];
}
