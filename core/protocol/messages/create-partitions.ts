// CreatePartitions: gives topics more partitions.
// Served by the active controller. Keys hash to other partitions afterwards.

import { array, bool, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of CreatePartitions. */
export const CreatePartitionsRequest = message({
  name: "CreatePartitionsRequest",
  apiKey: 37,
  versions: [0, 3],
  flexibleSince: 2,
  fields: {
    topics: array("0+", "Topics to give more partitions.", {
      name: string("0+", "Name of the topic."),
      count: int32("0+", "Number of partitions the topic shall have in all."),
      assignments: array(
        "0+",
        "Replicas of each new partition, chosen by hand; null to let the controller choose.",
        {
          brokerIds: array("0+", "Replicas of the partition, the preferred leader first.", "int32"),
        },
        { nullable: "0+" },
      ),
    }),
    timeoutMs: int32("0+", "How long the broker may take, in ms."),
    validateOnly: bool("0+", "True to check the request and change nothing."),
  },
});
export type CreatePartitionsRequest = BodyOf<typeof CreatePartitionsRequest.fields>;

/** Response of CreatePartitions. */
export const CreatePartitionsResponse = message({
  name: "CreatePartitionsResponse",
  apiKey: 37,
  versions: [0, 3],
  flexibleSince: 2,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    results: array("0+", "Outcomes, one entry each.", {
      name: string("0+", "Name of the topic."),
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+", default: null }),
    }),
  },
});
export type CreatePartitionsResponse = BodyOf<typeof CreatePartitionsResponse.fields>;
