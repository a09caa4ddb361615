/** The two ways of ticks and events between threads, each with the option that asks for it. */
export const WAYS = [
  ["messages", { sharesMemory: false }],
  ["shared memory", { sharesMemory: true }],
] as const;
