// Java's String.hashCode: decides which partition of an internal topic, and so which broker, coordinates a key.
// Every broker and every tool must agree on it, so it is Java's 32-bit arithmetic over UTF-16 units, not a hash of
// our choice.

/** h = 31·h + unit over the UTF-16 units, as a signed 32-bit integer. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/**
 * The partition of an internal topic that owns `key`: abs(hash) mod partitions.
 * The one hash without a positive counterpart (Integer.MIN_VALUE) counts as 0, as in Kafka's `Utils.abs`.
 */
export function coordinatorPartition(key: string, partitionCount: number): number {
  const hash = javaHash(key);
  return (hash === -2_147_483_648 ? 0 : Math.abs(hash)) % partitionCount;
}
