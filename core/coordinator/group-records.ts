// The records of `__consumer_offsets`: what a group coordinator writes, and how it looks as bytes.
// A key begins with its int16 type: 0 and 1 an offset commit, 2 a classic group; others (KIP-848, KIP-932) are not
// of this coordinator and are skipped on loading, as an older broker must skip a newer one's (KIP-915).
// A null value is a tombstone: compaction keeps the newest record of a key, and a tombstone removes it at last.

import { ByteReader, ByteWriter } from "../protocol/bytes.js";
import type { RecordData } from "../log/record-batch.js";
import {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from "../protocol/messages/group-records.js";
import type { LeaderEpoch, Offset } from "../types.js";
import type { CoordinatorResult, RecordCodec } from "./coordinator-shard.js";

const OFFSET_COMMIT_KEY = 1;
const OFFSET_COMMIT_KEY_OLDEST = 0;
const GROUP_METADATA_KEY = 2;
/** Value versions written: the newest that every supported broker reads. */
const VALUE_VERSION = 3;
/** The one version that carries an expiry of its own, asked for by clients of before Kafka 2.1. */
const VALUE_VERSION_WITH_EXPIRY = 1;
const NO_EXPIRY = -1;

/** A committed offset with what belongs to it. */
export interface OffsetAndMetadata {
  readonly offset: Offset;
  /** Leader epoch of the last record consumed, so that a truncation can be noticed; -1 if unknown. */
  readonly leaderEpoch: LeaderEpoch;
  readonly metadata: string;
  /** Wall-clock ms. */
  readonly commitTimestampMs: number;
  /** Wall-clock ms after which the offset goes, whatever the group does; -1 for the usual retention. */
  readonly expireTimestampMs: number;
}

export interface OffsetCommitRecord {
  readonly type: "offset-commit";
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly value: OffsetAndMetadata | null;
  /** Who committed: told to the trace, not stored. -1 and "" for records read back from the log. */
  readonly generationId: number;
  readonly memberId: string;
}

export interface GroupMetadataRecord {
  readonly type: "group-metadata";
  readonly group: string;
  readonly value: GroupMetadataValue | null;
}

export type GroupRecord = OffsetCommitRecord | GroupMetadataRecord;

/** A decision of the group coordinator. */
export type GroupResult<T> = CoordinatorResult<GroupRecord, T>;

/** The decision that changes nothing and tells nothing. */
export const NO_CHANGE: GroupResult<undefined> = { records: [], response: undefined };

export function offsetTombstone(group: string, topic: string, partition: number): OffsetCommitRecord {
  return { type: "offset-commit", group, topic, partition, value: null, generationId: -1, memberId: "" };
}

export function groupTombstone(group: string): GroupMetadataRecord {
  return { type: "group-metadata", group, value: null };
}

export const groupRecordCodec: RecordCodec<GroupRecord> = {
  encode(record: GroupRecord, timestampMs: number): RecordData {
    return { key: encodeKey(record), value: encodeValue(record), timestampMs };
  },

  decode(key: Uint8Array | null, value: Uint8Array | null): GroupRecord | undefined {
    if (key === null) return undefined;
    const reader = new ByteReader(key);
    const type = reader.int16();
    if (type === OFFSET_COMMIT_KEY || type === OFFSET_COMMIT_KEY_OLDEST) {
      const { group, topic, partition } = OffsetCommitKey.decode(reader, type);
      const committed = value === null ? null : decodeOffset(value);
      return { type: "offset-commit", group, topic, partition, value: committed, generationId: -1, memberId: "" };
    }
    if (type === GROUP_METADATA_KEY) {
      const { group } = GroupMetadataKey.decode(reader, type);
      return { type: "group-metadata", group, value: value === null ? null : decodeGroup(value) };
    }
    return undefined;
  },
};

/** One buffer for all: records are encoded one after the other. */
const WRITER = new ByteWriter();

function encodeKey(record: GroupRecord): Uint8Array {
  const writer = WRITER;
  writer.reset();
  if (record.type === "offset-commit") {
    writer.int16(OFFSET_COMMIT_KEY);
    const { group, topic, partition } = record;
    OffsetCommitKey.encode(writer, { group, topic, partition }, OFFSET_COMMIT_KEY);
  } else {
    writer.int16(GROUP_METADATA_KEY);
    GroupMetadataKey.encode(writer, { group: record.group }, GROUP_METADATA_KEY);
  }
  return writer.toBytes();
}

function encodeValue(record: GroupRecord): Uint8Array | null {
  if (record.value === null) return null;
  const writer = WRITER;
  writer.reset();
  if (record.type === "offset-commit") {
    const { offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs } = record.value;
    const version = expireTimestampMs === NO_EXPIRY ? VALUE_VERSION : VALUE_VERSION_WITH_EXPIRY;
    writer.int16(version);
    const value = OffsetCommitValue.create({
      offset,
      leaderEpoch,
      metadata,
      commitTimestamp: commitTimestampMs,
      expireTimestamp: expireTimestampMs,
    });
    OffsetCommitValue.encode(writer, value, version);
  } else {
    writer.int16(VALUE_VERSION);
    GroupMetadataValue.encode(writer, record.value, VALUE_VERSION);
  }
  return writer.toBytes();
}

function decodeOffset(bytes: Uint8Array): OffsetAndMetadata {
  const reader = new ByteReader(bytes);
  const value = OffsetCommitValue.decode(reader, knownVersion(reader.int16()));
  return {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp,
  };
}

function decodeGroup(bytes: Uint8Array): GroupMetadataValue {
  const reader = new ByteReader(bytes);
  return GroupMetadataValue.decode(reader, knownVersion(reader.int16()));
}

/** KIP-915: versions beyond the newest known differ from it in tagged fields only, so they read as it. */
function knownVersion(version: number): number {
  return Math.min(version, OffsetCommitValue.versions[1]);
}
