// Raft control records: entries of the quorum about itself, in control batches of the metadata log and of snapshots.
// They are written by the leader of the quorum and never reach the state machine above it.

import { array, int16, int32, int64, message, string, struct, uint16, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

const voter = {
  voterId: int32("0+", "Id of the voter."),
  voterDirectoryId: uuid("1+", "Log directory of the voter."),
};

/** First record of every epoch of the quorum: who leads, and who elected it. */
export const LeaderChangeMessage = message({
  name: "LeaderChangeMessage",
  apiKey: -1,
  versions: [0, 1],
  flexibleSince: 0,
  fields: {
    version: int16("0+", "Version of the record."),
    leaderId: int32("0+", "Id of the leader, -1 if none is known."),
    voters: array("0+", "Voters of the quorum.", voter),
    grantingVoters: array("0+", "Voters that voted for this leader.", voter),
  },
});
export type LeaderChangeMessage = BodyOf<typeof LeaderChangeMessage.fields>;

/** First record of a snapshot. */
export const SnapshotHeaderRecord = message({
  name: "SnapshotHeaderRecord",
  apiKey: -1,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    version: int16("0+", "Version of the record."),
    lastContainedLogTimestamp: int64("0+", "Timestamp of the last record the snapshot contains, in ms since 1970."),
  },
});
export type SnapshotHeaderRecord = BodyOf<typeof SnapshotHeaderRecord.fields>;

/** Last record of a snapshot: without it the snapshot is incomplete. */
export const SnapshotFooterRecord = message({
  name: "SnapshotFooterRecord",
  apiKey: -1,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    version: int16("0+", "Version of the record."),
  },
});
export type SnapshotFooterRecord = BodyOf<typeof SnapshotFooterRecord.fields>;

/** Level of kraft.version, which decides whether voters may change. */
export const KRaftVersionRecord = message({
  name: "KRaftVersionRecord",
  apiKey: -1,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    version: int16("0+", "Version of the record."),
    kRaftVersion: int16("0+", "Level of kraft.version that holds from here on."),
  },
});
export type KRaftVersionRecord = BodyOf<typeof KRaftVersionRecord.fields>;

/** The voters of the quorum from here on (KIP-853). */
export const VotersRecord = message({
  name: "VotersRecord",
  apiKey: -1,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    version: int16("0+", "Version of the record."),
    voters: array("0+", "Voters of the quorum.", {
      voterId: int32("0+", "Id of the voter."),
      voterDirectoryId: uuid("0+", "Log directory of the voter."),
      endpoints: array("0+", "Where the voter listens.", {
        name: string("0+", "Name of the listener."),
        host: string("0+", "Host name."),
        port: uint16("0+", "Port number."),
      }),
      kRaftVersionFeature: struct("0+", "Range of kraft.version the voter supports.", {
        minSupportedVersion: int16("0+", "Lowest level supported."),
        maxSupportedVersion: int16("0+", "Highest level supported."),
      }),
    }),
  },
});
export type VotersRecord = BodyOf<typeof VotersRecord.fields>;
