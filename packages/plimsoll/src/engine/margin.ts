/** Margin models on their way to the engine: which table an instrument stands under, and how tables become words. */

import { requireName } from "../checks.js";
import type { Core } from "../core/core.js";
import { NAMES } from "../core/layout.js";
import { withPath } from "../errors.js";
import type { BracketRow, Brackets, InstrumentInput, LeverageTier, MarginModel, Threshold } from "../types.js";

/** What decides an instrument's table. */
export type TableTerms = Pick<InstrumentInput, "id" | "underlying" | "brackets" | "marginTable" | "maxLeverage">;

/** Leverage below which the id of an absent margin table stands for one tier of that leverage. */
const SINGLE_TIER_BELOW = 50;

/** The table of an instrument's own under a model; undefined where the model's default decides. */
function tableOf(model: MarginModel, terms: TableTerms): Brackets | undefined {
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
  // a tier's leverage and the share stand where a row has its rates
  const rows: readonly BracketRow[] =
    table.form === "max-leverage"
      ? table.tiers.map(({ lower, maxLeverage }) => {
          return { lower, initialRate: maxLeverage, maintenanceRate: table.maintenanceShare };
        })
      : table.rows;
  const words = rows.flatMap((row, i) => {
    const { lower, initialRate, initialDeduction = 0, maintenanceRate, maintenanceDeduction = 0 } = row;
    const upper = row.upper ?? rows[i + 1]?.lower ?? Number.POSITIVE_INFINITY;
    return [lower, upper, initialRate, initialDeduction, maintenanceRate, maintenanceDeduction];
  });
  return [NAMES.form.indexOf(table.form), rows.length, ...words];
}

/** Refuses a table that the engine would, naming its row; returns its words. */
function checkTable(core: Core, table: Brackets, path: string): number[] {
  const words = tableWords(table);
  try {
    core.call("checkBrackets", path, words);
  } catch (error) {
    // the engine speaks of brackets, whatever the caller has given
    const list = table.form === "max-leverage" ? ".tiers" : ".rows";
    throw withPath(error, (at) => path + at.slice(path.length).replace(/^\.brackets/, list));
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

/** The tables of an instrument under the models that have one for it, as words. */
export function tablesOf(
  core: Core,
  terms: Omit<TableTerms, "id" | "underlying">,
  models: Iterable<readonly [number, MarginModel]>,
  path: string,
): number[] {
  const { brackets, marginTable } = terms;
  const source = brackets !== undefined ? "brackets" : marginTable !== undefined ? "marginTable" : "maxLeverage";
  return tableList(
    core,
    Array.from(models, ([model, parameters]) => [model, tableOf(parameters, terms as TableTerms), `${path}.${source}`]),
  );
}

/** Those tables that there are, each checked at its path, as words: how many, then of each what it belongs to and the table. */
function tableList(
  core: Core,
  tables: readonly (readonly [of: number, table: Brackets | undefined, path: string])[],
): number[] {
  const words = tables.flatMap(([of, table, path]) => {
    return table === undefined ? [] : [[of, ...checkTable(core, table, path)]];
  });
  return [words.length, ...words.flat()];
}

/** What of an instrument decides its table. */
export function termsOf({ id, underlying, brackets, marginTable, maxLeverage }: InstrumentInput): TableTerms {
  return { id, underlying, brackets, marginTable, maxLeverage } as TableTerms;
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
  const { warning, reduceOnly, liquidatable, equalityIsLiquidatable = true, hysteresis = 0.01 } = model.bands ?? {};
  return [
    model.version,
    requireName(NAMES.unit, model.unit ?? "quote", `${path}.unit`),
    Number(model.ordersInMaintenance ?? false),
    ...thresholdWords(warning ?? { initial: 1.25 }),
    ...thresholdWords(reduceOnly ?? { initial: 1 }),
    ...thresholdWords(liquidatable ?? { maintenance: 1 }),
    Number(equalityIsLiquidatable),
    hysteresis,
    ...tableList(core, [
      [Number.NaN, model.defaultTable, `${path}.defaultTable`],
      ...Array.from(instruments, ([instrument, terms]) => {
        return [instrument, tableOf(model, terms), `${path}.tables.${terms.id}`] as const;
      }),
    ]),
  ];
}

function thresholdWords({ initial = 0, maintenance = 0 }: Threshold): readonly number[] {
  return [initial, maintenance];
}
