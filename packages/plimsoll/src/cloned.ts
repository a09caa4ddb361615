/** What callers give, as a copy of our own. */
import { shown, tagOf } from "./errors.js";

/** How deep objects are looked at that cannot be copied; no call takes any that are half as deep. */
const DEPTH_MAX = 20;

/** Arguments as they are now, whatever the caller does with its objects later. */
export function cloned(args: readonly unknown[]): readonly unknown[] {
  try {
    return structuredClone(args);
  } catch {
    // what cannot be copied, no engine can take either, and says in which field it is
    return withStandIns(args) as readonly unknown[];
  }
}

/**
 * A copy in which an error that says so (see {@link shown}) stands for each value that cannot be copied, and for one that holds itself;
 * `holders` are those that hold `value`.
 */
function withStandIns(value: unknown, holders: readonly unknown[] = []): unknown {
  const isTooDeep = holders.length > DEPTH_MAX;
  if (typeof value === "function" || typeof value === "symbol" || isTooDeep || holders.includes(value)) {
    return new Error(shown(value));
  }
  // a test's page may have no structuredClone at all (Jest's jsdom)
  if (typeof value !== "object" || value === null) return value;
  const within = (item: unknown) => withStandIns(item, [...holders, value]);
  if (Array.isArray(value)) return value.map(within);
  if (tagOf(value) === "[object Object]") {
    return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, within(item)]));
  }
  try {
    return structuredClone(value);
  } catch {
    return new Error(shown(value));
  }
}
