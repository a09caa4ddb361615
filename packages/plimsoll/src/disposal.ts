/// <reference lib="esnext.disposable" preserve="true" />
/** The symbols of `using`: Node 20 lacks them before 20.12 or so; code compiled for `using` then looks for the registered ones. */

export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
