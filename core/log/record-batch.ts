// Record batches, the unit in which records travel and rest: one door to the files that know the format.
// A batch is bytes from the producer's accumulator to the consumer's fetch; nobody re-encodes it on the way.

export * from "./batch-header.js";
export * from "./batch-records.js";
export * from "./control-record.js";
export * from "./record-batch-builder.js";
