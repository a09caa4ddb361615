/**
 * Types of the runtime by which the public types name it. TypeScript knows them from its library `dom`; a program for Node has no
 * reason to include that, so they are told by what is there.
 */

/** Instances of a class of the runtime, where the program's libraries declare it. */
type InstanceOf<Holder, Name extends string> =
  Holder extends Readonly<Record<Name, { prototype: infer Instance }>> ? Instance : object;

type Namespace<Name extends string> = typeof globalThis extends Readonly<Record<Name, infer Held>> ? Held : never;

/** A compiled module: `WebAssembly.Module`. */
export type WasmModule = InstanceOf<Namespace<"WebAssembly">, "Module">;
/** A module's memory: `WebAssembly.Memory`. */
export type WasmMemory = InstanceOf<Namespace<"WebAssembly">, "Memory">;
/** Bytes in a buffer that is not shared, as `slice` gives them: `Uint8Array<ArrayBuffer>` since TypeScript 5.7, which alone tells. */
export type Bytes = ReturnType<Uint8Array["slice"]>;
/** One end of a channel: `MessagePort`. */
export type Port = InstanceOf<typeof globalThis, "MessagePort">;
/** A web worker: `Worker`. */
export type WebWorker = InstanceOf<typeof globalThis, "Worker">;
