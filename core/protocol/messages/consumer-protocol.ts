// Consumer protocol: what members of a consumer group tell each other inside JoinGroup and SyncGroup.
// The coordinator stores and forwards it unread; on the wire an int16 version precedes the body (see versioned.ts).

import { array, bytes, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** What a member wants. */
export const ConsumerProtocolSubscription = message({
  name: "ConsumerProtocolSubscription",
  apiKey: -1,
  versions: [0, 3],
  flexibleSince: null,
  fields: {
    topics: array("0+", "Names of the topics the member subscribes to.", "string"),
    userData: bytes("0+", "Free bytes of the assignor; null for none.", { nullable: "0+", default: null }),
    ownedPartitions: array(
      "1+",
      "Partitions the member still owns, by topic: lets the leader move as few as possible.",
      {
        topic: string("1+", "Name of the topic."),
        partitions: array("1+", "Partitions, one entry each.", "int32"),
      },
      { ignorable: true },
    ),
    generationId: int32("2+", "Generation the sender takes itself to be in; a stale one is refused.", {
      default: -1,
      ignorable: true,
    }),
    rackId: string("3+", "Rack of the reader, for reading from a replica nearby.", {
      nullable: "3+",
      default: null,
      ignorable: true,
    }),
  },
});
export type ConsumerProtocolSubscription = BodyOf<typeof ConsumerProtocolSubscription.fields>;

/** What a member got. */
export const ConsumerProtocolAssignment = message({
  name: "ConsumerProtocolAssignment",
  apiKey: -1,
  versions: [0, 3],
  flexibleSince: null,
  fields: {
    assignedPartitions: array("0+", "The partitions that are now the member's, by topic.", {
      topic: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", "int32"),
    }),
    userData: bytes("0+", "Free bytes of the assignor; null for none.", { nullable: "0+", default: null }),
  },
});
export type ConsumerProtocolAssignment = BodyOf<typeof ConsumerProtocolAssignment.fields>;
