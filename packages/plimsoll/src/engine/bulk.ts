/** Accounts that are registered from columns: these as words, and refusals of words as those of columns. */
import { requireColumn } from "../checks.js";
import { withPath } from "../errors.js";
import { checkPlaces, requirePositions } from "../options.js";
import type { AccountColumnsInput, AssetHandle } from "../types.js";

const POSITION_COLUMNS = ["account", "instrument", "size", "entryPrice"] as const;

/** How many accounts; how many balances, then their rows, assets and amounts; how many positions, then their columns. */
export function bulkWords(
  { ids, collateral = {}, positions }: AccountColumnsInput,
  assetOf: (id: string, path: string) => AssetHandle,
  path: string,
): Float64Array {
  const balances = Object.entries(collateral).map(([asset, amounts]) => {
    requireColumn(amounts, `${path}.collateral.${asset}`, ids.length);
    return [assetOf(asset, `${path}.collateral.${asset}`), amounts] as const;
  });
  const balanceRows = balances.length * ids.length;
  const positionRows = positions === undefined ? 0 : requirePositions(positions, `${path}.positions`);
  const words = new Float64Array(3 + 3 * balanceRows + POSITION_COLUMNS.length * positionRows);
  words[0] = ids.length;
  words[1] = balanceRows;
  let at = 2;
  for (let k = 0; k < balances.length; k++) for (let row = 0; row < ids.length; row++) words[at++] = row;
  for (const [asset] of balances) {
    words.fill(asset, at, at + ids.length);
    at += ids.length;
  }
  for (const [, amounts] of balances) {
    words.set(amounts, at);
    at += ids.length;
  }
  words[at++] = positionRows;
  for (const name of positions === undefined ? [] : POSITION_COLUMNS) {
    words.set((positions as NonNullable<typeof positions>)[name], at);
    at += positionRows;
  }
  // of the copies, since the caller's may lie in memory that others write
  const [account, instrument] = [4, 3].map((columns) => {
    return words.subarray(words.length - columns * positionRows).subarray(0, positionRows);
  }) as [Float64Array, Float64Array];
  checkPlaces(account, instrument, ids.length, `${path}.positions`);
  return words;
}

/** A refusal of words, told as one of the columns that they come from. */
export function refusalOfColumns(error: unknown, { ids, collateral = {} }: AccountColumnsInput): unknown {
  const assets = Object.keys(collateral);
  return withPath(error, (at) => {
    return at
      .replace(/balances\[(\d+)\].*/, (_, row) => {
        return `collateral.${assets[Math.floor(row / ids.length)]}[${row % ids.length}]`;
      })
      .replace(/positions(\[\d+\])\.(\w+)/, "positions.$2$1");
  });
}
