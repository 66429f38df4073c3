// Metadata records: the entries of the controllers' log, of which the cluster's whole state is the sum.
// In the log each is framed as unsigned varints frame version (1), record type and version, then its body, so that
// a reader can tell what it does not know. Controllers write them; every broker and controller replays them.

import { ByteReader, ByteWriter } from "../bytes.js";
import { MalformedMessageError } from "../errors.js";
import {
  BrokerRegistrationChangeRecord,
  FenceBrokerRecord,
  RegisterBrokerRecord,
  RegisterControllerRecord,
  UnfenceBrokerRecord,
  UnregisterBrokerRecord,
} from "./metadata-broker-records.js";
import {
  AbortTransactionRecord,
  BeginTransactionRecord,
  ConfigRecord,
  EndTransactionRecord,
  FeatureLevelRecord,
  NoOpRecord,
  ProducerIdsRecord,
} from "./metadata-cluster-records.js";
import {
  ClearElrRecord,
  PartitionChangeRecord,
  PartitionRecord,
  RemoveTopicRecord,
  TopicRecord,
} from "./metadata-topic-records.js";
import type { BodyOf, Fields, MessageSchema, PartialBody } from "../schema.js";

/** Every metadata record by Kafka's name. */
export const METADATA_RECORDS = {
  RegisterBrokerRecord,
  UnregisterBrokerRecord,
  TopicRecord,
  PartitionRecord,
  ConfigRecord,
  PartitionChangeRecord,
  FenceBrokerRecord,
  UnfenceBrokerRecord,
  RemoveTopicRecord,
  FeatureLevelRecord,
  ProducerIdsRecord,
  BrokerRegistrationChangeRecord,
  NoOpRecord,
  BeginTransactionRecord,
  EndTransactionRecord,
  AbortTransactionRecord,
  RegisterControllerRecord,
  ClearElrRecord,
} as const;

export type MetadataRecordType = keyof typeof METADATA_RECORDS;
export type MetadataRecordBody<T extends MetadataRecordType> = BodyOf<(typeof METADATA_RECORDS)[T]["fields"]>;

/** A record together with its type, a union to `switch` over. */
export type MetadataRecord = {
  [T in MetadataRecordType]: {
    readonly type: T;
    readonly version: number;
    readonly body: MetadataRecordBody<T>;
  };
}[MetadataRecordType];

const FRAME_VERSION = 1;
const TYPE_BY_KEY = new Map<number, MetadataRecordType>();
for (const type of Object.keys(METADATA_RECORDS) as MetadataRecordType[]) {
  TYPE_BY_KEY.set(METADATA_RECORDS[type].apiKey, type);
}

/** A complete record from the fields that matter; `version` is the record's latest unless the caller says otherwise. */
export function metadataRecord<T extends MetadataRecordType>(
  type: T,
  partial: PartialBody<MetadataRecordBody<T>>,
  version: number = METADATA_RECORDS[type].versions[1],
): MetadataRecord & { readonly type: T } {
  const schema = METADATA_RECORDS[type] as unknown as MessageSchema;
  return { type, version, body: schema.create(partial as PartialBody<BodyOf<Fields>>) } as unknown as MetadataRecord & {
    readonly type: T;
  };
}

/** The value of the log record that carries `record`. */
export function encodeMetadataRecord(record: MetadataRecord): Uint8Array {
  const schema = METADATA_RECORDS[record.type] as unknown as MessageSchema;
  WRITER.reset();
  WRITER.unsignedVarint(FRAME_VERSION);
  WRITER.unsignedVarint(schema.apiKey);
  WRITER.unsignedVarint(record.version);
  schema.encode(WRITER, record.body, record.version);
  return WRITER.toBytes();
}
const WRITER = new ByteWriter();

/**
 * Reads a record back from a log record's value.
 * @throws MalformedMessageError on a frame, type or version this project does not know, or on trailing bytes
 */
export function decodeMetadataRecord(bytes: Uint8Array): MetadataRecord {
  const reader = new ByteReader(bytes);
  if (reader.unsignedVarint() !== FRAME_VERSION) throw new MalformedMessageError("a metadata frame has version 1");
  const type = TYPE_BY_KEY.get(reader.unsignedVarint());
  if (type === undefined) throw new MalformedMessageError("a metadata record has an unknown type");
  const version = reader.unsignedVarint();
  const schema = METADATA_RECORDS[type] as unknown as MessageSchema;
  const [lowest, highest] = schema.versions;
  if (version < lowest || version > highest)
    throw new MalformedMessageError("a metadata record has an unknown version");
  const body = schema.decode(reader, version);
  if (reader.remaining > 0) throw new MalformedMessageError("a metadata record is followed by further bytes");
  return { type, version, body } as unknown as MetadataRecord;
}
