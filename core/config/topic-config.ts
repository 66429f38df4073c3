// Topic settings: each may be set on the topic, else comes from the broker setting named as its synonym.

import { boolean, double, INT_MAX, int, list, LONG_MAX, long, string, type ConfigValues } from "./definition.js";

/** Kafka's validators of compression levels: each library's range; gzip's has a gap, as −1 is zlib's own choice. */
export const COMPRESSION_LEVEL_BOUNDS = {
  gzip: { atLeast: -1, atMost: 9, requirement: { words: "-1 or 1 to 9", isMet: (level: unknown) => level !== 0 } },
  lz4: { atLeast: 1, atMost: 17 },
  zstd: { atLeast: -131_072, atMost: 22 },
} as const;

/** Kafka's ThrottledReplicaListValidator. */
const THROTTLED_REPLICAS = {
  words: "* or replicas as partition:broker,partition:broker",
  isMet: (value: unknown) => {
    const replicas = value as readonly string[];
    return replicas.join("") === "*" || replicas.every((replica) => /^\d+:\d+$/.test(replica));
  },
};

/** Kafka's topic-level settings that exist here, with the defaults of Kafka 4.0. */
export const TOPIC_CONFIG = {
  "cleanup.policy": list(["delete"], "Whether old segments are deleted, compacted to the last value a key, or both.", {
    oneOf: ["delete", "compact"],
    synonym: "log.cleanup.policy",
  }),
  "compression.gzip.level": int(-1, "Level at which a broker would compress anew with gzip.", {
    ...COMPRESSION_LEVEL_BOUNDS.gzip,
    synonym: "compression.gzip.level",
  }),
  "compression.lz4.level": int(9, "Level at which a broker would compress anew with lz4.", {
    ...COMPRESSION_LEVEL_BOUNDS.lz4,
    synonym: "compression.lz4.level",
  }),
  "compression.type": string("producer", "Codec of the stored batches; `producer` keeps what the producer chose.", {
    oneOf: ["uncompressed", "gzip", "snappy", "lz4", "zstd", "producer"],
    synonym: "compression.type",
  }),
  "compression.zstd.level": int(3, "Level at which a broker would compress anew with zstd.", {
    ...COMPRESSION_LEVEL_BOUNDS.zstd,
    synonym: "compression.zstd.level",
  }),
  "delete.retention.ms": long(86_400_000, "How long a tombstone stays readable after it was first compacted.", {
    atLeast: 0,
    synonym: "log.cleaner.delete.retention.ms",
  }),
  "file.delete.delay.ms": long(60_000, "How long a deleted segment's file stays before it is removed.", {
    atLeast: 0,
    synonym: "log.segment.delete.delay.ms",
  }),
  "flush.messages": long(
    LONG_MAX,
    "Records after which the log is flushed to disk; by default replication alone protects them.",
    { atLeast: 1, synonym: "log.flush.interval.messages" },
  ),
  "flush.ms": long(LONG_MAX, "Time after which the log is flushed to disk.", {
    atLeast: 0,
    synonym: "log.flush.interval.ms",
  }),
  "follower.replication.throttled.replicas": list([], "Replicas that would fetch no faster than a quota allows.", {
    requirement: THROTTLED_REPLICAS,
  }),
  "index.interval.bytes": int(4096, "Bytes appended between two entries of the sparse offset index.", {
    atLeast: 0,
    synonym: "log.index.interval.bytes",
  }),
  "leader.replication.throttled.replicas": list([], "Replicas that would be sent to no faster than a quota allows.", {
    requirement: THROTTLED_REPLICAS,
  }),
  "max.compaction.lag.ms": long(LONG_MAX, "Longest time a record may stay uncompacted.", {
    atLeast: 1,
    synonym: "log.cleaner.max.compaction.lag.ms",
  }),
  "max.message.bytes": int(1_048_588, "Largest record batch the topic accepts.", {
    atLeast: 0,
    synonym: "message.max.bytes",
  }),
  "message.timestamp.after.max.ms": long(3_600_000, "How far a record's timestamp may lie in the broker's future.", {
    atLeast: 0,
    synonym: "log.message.timestamp.after.max.ms",
  }),
  "message.timestamp.before.max.ms": long(LONG_MAX, "How far a record's timestamp may lie in the broker's past.", {
    atLeast: 0,
    synonym: "log.message.timestamp.before.max.ms",
  }),
  "message.timestamp.type": string(
    "CreateTime",
    "Who stamps records: the producer (CreateTime) or the broker (LogAppendTime).",
    { oneOf: ["CreateTime", "LogAppendTime"], synonym: "log.message.timestamp.type" },
  ),
  "min.cleanable.dirty.ratio": double(0.5, "Share of uncompacted bytes from which a log is worth compacting.", {
    atLeast: 0,
    atMost: 1,
    synonym: "log.cleaner.min.cleanable.ratio",
  }),
  "min.compaction.lag.ms": long(0, "Shortest time a record stays uncompacted.", {
    atLeast: 0,
    synonym: "log.cleaner.min.compaction.lag.ms",
  }),
  "min.insync.replicas": int(
    1,
    "In-sync replicas that must exist for acks=all to be accepted; below it the high watermark stops.",
    { atLeast: 1, synonym: "min.insync.replicas" },
  ),
  preallocate: boolean(false, "Whether a segment's file would get its full size when it is made.", {
    synonym: "log.preallocate",
  }),
  "retention.bytes": long(-1, "Size beyond which the oldest segments are deleted; -1 for no limit.", {
    synonym: "log.retention.bytes",
  }),
  "retention.ms": long(604_800_000, "Age beyond which segments are deleted; -1 for no limit.", {
    atLeast: -1,
    synonym: "log.retention.ms",
  }),
  "segment.bytes": int(1_073_741_824, "Size at which a new segment begins.", {
    atLeast: 14,
    synonym: "log.segment.bytes",
  }),
  "segment.index.bytes": int(10_485_760, "Size of a segment's offset index, at which a new segment begins.", {
    atLeast: 4,
    synonym: "log.index.size.max.bytes",
  }),
  "segment.jitter.ms": long(0, "Time by which a segment would be rolled early, at random and at most.", {
    atLeast: 0,
    synonym: "log.roll.jitter.ms",
  }),
  "segment.ms": long(604_800_000, "Age at which a new segment begins.", { atLeast: 1, synonym: "log.roll.ms" }),
  "unclean.leader.election.enable": boolean(
    false,
    "Whether a replica outside the ISR may lead when nobody else can: downtime or loss.",
    { synonym: "unclean.leader.election.enable" },
  ),
} as const;

export type TopicConfig = ConfigValues<typeof TOPIC_CONFIG>;

export { INT_MAX, LONG_MAX };
