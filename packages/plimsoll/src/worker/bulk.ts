/** Accounts registered from columns: each in its shard, or none of them. */
import { NameTable } from "../engine/name-table.js";
import type { AccountColumnsInput, AccountHandle } from "../types.js";
import { dealt, type Part, type Portion } from "./account-columns.js";
import type { AccountDirectory } from "./account-directory.js";
import { made, nextTask } from "./pieces.js";
import type { Shards } from "./shards.js";
import type { Change } from "./supervisor.js";

/** What has been sent, for each shard's part of each portion, the portions one behind the other. */
interface Sent {
  /** By the caller's rows. */
  readonly handles: AccountHandle[];
  readonly parts: readonly Part[];
  readonly changes: readonly Change<AccountHandle[]>[];
}

const PATH = "addAccounts";

/** Registers them all: what takes more than a portion takes several tasks, in which nothing else may be under way. */
export async function registerAll(
  shards: Shards,
  accounts: AccountDirectory,
  columns: AccountColumnsInput,
  portions: readonly Portion[],
): Promise<AccountHandle[]> {
  const { count } = shards;
  const { handles, parts, changes } = await made(send(shards, accounts, columns, portions), portions.length > 1);
  const answers = await Promise.allSettled(changes.map(({ answer }) => answer));
  const refused = answers.findIndex(({ status }) => status === "rejected");
  if (refused < 0) {
    for (const [k, answer] of answers.entries()) {
      if (k >= count) await nextTask();
      const { rows } = parts[k] as Part;
      for (const [i, local] of (answer as PromiseFulfilledResult<AccountHandle[]>).value.entries()) {
        accounts.begin(handles[rows[i] as number] as AccountHandle, k % count, local);
      }
    }
    for (const { release } of changes) release();
    return handles;
  }
  // all or none: what shards have taken is taken back, and nothing of it is told
  for (const [k, answer] of answers.entries()) {
    if (answer.status === "fulfilled" && answer.value.length > 0) {
      shards.certain(shards.at(k % count), "removeAccounts", [answer.value]).catch(() => {});
    }
    changes[k]?.discard();
  }
  // the last first, so that their slots are given out in the same order the next time
  for (const handle of handles.reverse()) accounts.forget(handle);
  throw (parts[refused] as Part).original((answers[refused] as PromiseRejectedResult).reason);
}

/** Sends a portion after the other, until one is refused. */
function* send(
  shards: Shards,
  accounts: AccountDirectory,
  columns: AccountColumnsInput,
  portions: readonly Portion[],
): Generator<void, Sent> {
  const { ids } = columns;
  const { all, count } = shards;
  const seen = new NameTable(ids);
  const partOfRow = new Uint32Array(ids.length);
  for (const [k, { from, to }] of portions.entries()) {
    accounts.names.checkAll(ids, `${PATH}.ids`, seen, from, to);
    for (let row = from; row < to; row++) partOfRow[row] = k * count + accounts.shardOf(ids[row] as string, count);
    yield;
  }
  const parts = yield* dealt(columns, partOfRow, portions.length * count, PATH);
  const handles: AccountHandle[] = [];
  const changes: Change<AccountHandle[]>[] = [];
  const turn = shards.nextTurn();
  let isRefused = false;
  for (const { from, to } of portions) {
    for (let row = from; row < to; row++) handles.push(accounts.reserve(ids[row] as string));
    // a worker for which it was too much is not to fail at the rest too, again and again
    for (const shard of isRefused ? [] : all) {
      const part = parts[changes.length] as Part;
      const change = shard.change<AccountHandle[]>(PATH, [part.accounts()], turn);
      // all are waited for when all have been sent
      change.answer.catch(() => {
        isRefused = true;
      });
      changes.push(change);
    }
    yield;
  }
  return { handles, parts, changes };
}
