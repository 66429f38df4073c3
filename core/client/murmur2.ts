// murmur2: the hash by which producers choose a partition from a key.
// Every Kafka client must agree on it, or the same key lands on two partitions and per-key order is gone.
// Nobody may change it: it is part of Kafka's contract, vectors and all.

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** murmur2 of `bytes` as a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let hash = SEED ^ length;
  let i = 0;
  for (const wordsEnd = length - 3; i < wordsEnd; i += 4) {
    let word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  const tail = length - i;
  if (tail === 3) hash ^= bytes[i + 2]! << 16;
  if (tail >= 2) hash ^= bytes[i + 1]! << 8;
  if (tail >= 1) hash = Math.imul(hash ^ bytes[i]!, MULTIPLIER);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  hash ^= hash >>> 15;
  return hash;
}

/** Clears the sign bit. Not the absolute value: the smallest integer has none. */
export function toPositive(value: number): number {
  return value & 0x7fffffff;
}

/** The partition of a key: the same for all clients, as long as the number of partitions stays. */
export function partitionForKey(key: Uint8Array, partitionCount: number): number {
  return toPositive(murmur2(key)) % partitionCount;
}
