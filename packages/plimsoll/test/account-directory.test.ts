import { expect, test } from "vitest";
import { AccountDirectory } from "../src/worker/account-directory.js";
import { Departures } from "../src/worker/departures.js";

test("an account that stays after all has its name again, whoever has asked for it since", () => {
  const directory = new AccountDirectory(new Departures());
  const shard = directory.shardOf("me", 2);
  const me = directory.reserve("me");
  directory.begin(me, shard, 7);
  const stay = directory.leave(me, directory.places.find(me, ""), 2);
  const next = directory.reserve("me");
  stay();
  expect([directory.names.handle("me"), directory.names.size]).toEqual([me, 1]);
  // the worker that has not let the first go refuses the second
  directory.forget(next);
  expect([directory.names.handle("me"), directory.names.id(me), directory.names.size]).toEqual([me, "me", 1]);
  expect(() => directory.names.check("me", "addAccount.id")).toThrow("registered");
});

test("an account's name is free while it goes only where the next of that name would be in the same worker", () => {
  const directory = new AccountDirectory(new Departures());
  const shard = directory.shardOf("me", 2);
  const child = directory.reserve("me");
  directory.begin(child, 1 - shard, 7);
  const stay = directory.leave(child, directory.places.find(child, ""), 2);
  expect(directory.names.handle("me")).toBe(child);
  stay();
  expect(directory.names.handle("me")).toBe(child);
});

test("names that all belong to one worker of an engine belong to all workers of another", () => {
  const [one, other] = [new AccountDirectory(new Departures()), new AccountDirectory(new Departures())];
  const names = Array.from({ length: 20_000 }, (_, i) => `account ${i}`).filter((id) => one.shardOf(id, 4) === 0);
  const counts = [0, 0, 0, 0];
  for (const id of names) (counts[other.shardOf(id, 4)] as number)++;
  for (const count of counts) expect(count / names.length).toBeCloseTo(1 / 4, 1);
});
