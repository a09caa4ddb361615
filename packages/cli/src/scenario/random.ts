/**
 * Seeded random numbers, the same on every machine to the last bit: 32-bit integer operations, and + − × ÷ on doubles.
 *
 * The integers are Chris Doty-Humphrey's sfc32 (PractRand). A stream number beside the seed gives independent sequences, so that drawing
 * more of one kind does not change another.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let round = 0; round < 16; round++) this.bits();
  }

  /** 32 random bits as a whole number from 0 to 2³² − 1. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.bits() / 4_294_967_296;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number from 0 to count − 1. */
  index(count: number): number {
    return wholePart(this.uniform() * count);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Mean 0, variance 1, at most ±6: the sum of twelve uniforms less six (Irwin–Hall), which needs no logarithm. */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.uniform();
    return sum;
  }
}

/** The whole part of a number, towards zero; exact for every double. */
export function wholePart(value: number): number {
  return value - (value % 1);
}

/** Puts the items in a random order, in place (Fisher–Yates). */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.index(i + 1);
    const moved = items[i] as T;
    items[i] = items[j] as T;
    items[j] = moved;
  }
  return items;
}
