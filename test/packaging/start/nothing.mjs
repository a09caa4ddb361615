/** A module of nothing: what Node itself takes to load one. */
export {};
