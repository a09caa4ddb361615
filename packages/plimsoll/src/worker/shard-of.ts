/** Which worker an account belongs to. */
import { hashOf, scrambled } from "../engine/name-table.js";

/**
 * Shard of an id among `shards`, by a hash that begins with `seed`. When their number changes by one, about 1 in `shards` ids change
 * theirs: Lamping and Veach, "A fast, minimal memory, consistent hash algorithm" (2014).
 */
export function shardOf(id: string, shards: number, seed: number): number {
  let hash = hashOf(id, seed);
  let shard = 0;
  for (let next = 0; next < shards; ) {
    shard = next;
    // the paper's generator in 32 bits: a step of SplitMix, whose top bits are a fraction in (0, 1]
    hash = (hash + 0x9e37_79b9) | 0;
    next = Math.floor((shard + 1) / (((scrambled(hash) >>> 0) + 1) / 2 ** 32));
  }
  return shard;
}
