import { expect, test } from "vitest";
import { AccountDirectory } from "../src/worker/account-directory.js";
import { Departures } from "../src/worker/departures.js";
import { shardOf } from "../src/worker/shard-of.js";

test("an account that stays after all has its name again, whoever has asked for it since", () => {
  const directory = new AccountDirectory(new Departures());
  const shard = shardOf("me", 2);
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
  const shard = shardOf("me", 2);
  const child = directory.reserve("me");
  directory.begin(child, 1 - shard, 7);
  const stay = directory.leave(child, directory.places.find(child, ""), 2);
  expect(directory.names.handle("me")).toBe(child);
  stay();
  expect(directory.names.handle("me")).toBe(child);
});
