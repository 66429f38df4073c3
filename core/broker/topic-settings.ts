// A topic's settings as its replicas and its log want them: from Kafka's strings to plain numbers.

import type { BrokerConfig } from "../config/broker-config.js";
import type { TopicConfig } from "../config/topic-config.js";
import type { LogConfig } from "../log/log-config.js";
import type { TopicSettings } from "../replication/replica-manager.js";

/** The settings of a topic whose effective configuration is `topic`. */
export function topicSettingsOf(topic: TopicConfig, broker: BrokerConfig): TopicSettings {
  return { log: logConfigOf(topic, broker), minInsyncReplicas: topic["min.insync.replicas"] };
}

/** The part of them that a log reads. */
export function logConfigOf(topic: TopicConfig, broker: BrokerConfig): LogConfig {
  const policy: readonly string[] = topic["cleanup.policy"];
  return {
    segmentBytes: topic["segment.bytes"],
    segmentMs: topic["segment.ms"],
    segmentIndexBytes: topic["segment.index.bytes"],
    retentionMs: topic["retention.ms"],
    retentionBytes: topic["retention.bytes"],
    maxMessageBytes: topic["max.message.bytes"],
    indexIntervalBytes: topic["index.interval.bytes"],
    flushMessages: topic["flush.messages"],
    flushMs: topic["flush.ms"],
    compact: policy.includes("compact"),
    delete: policy.includes("delete"),
    minCleanableDirtyRatioPercent: Math.round(topic["min.cleanable.dirty.ratio"] * 100),
    deleteRetentionMs: topic["delete.retention.ms"],
    minCompactionLagMs: topic["min.compaction.lag.ms"],
    maxCompactionLagMs: topic["max.compaction.lag.ms"],
    fileDeleteDelayMs: topic["file.delete.delay.ms"],
    messageTimestampType: topic["message.timestamp.type"] as LogConfig["messageTimestampType"],
    messageTimestampBeforeMaxMs: topic["message.timestamp.before.max.ms"],
    messageTimestampAfterMaxMs: topic["message.timestamp.after.max.ms"],
    producerIdExpirationMs: broker["producer.id.expiration.ms"],
  };
}
