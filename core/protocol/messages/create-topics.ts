// CreateTopics: creates topics.
// Served by the active controller; brokers pass it on.

import { array, bool, int16, int32, int8, message, string, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of CreateTopics. */
export const CreateTopicsRequest = message({
  name: "CreateTopicsRequest",
  apiKey: 19,
  versions: [2, 7],
  flexibleSince: 5,
  fields: {
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      numPartitions: int32("0+", "Number of partitions; -1 in a request for the broker's default."),
      replicationFactor: int16("0+", "Number of replicas of each partition; -1 in a request for the broker's default."),
      assignments: array("0+", "Replicas of each partition, chosen by hand; empty to let the controller choose.", {
        partitionIndex: int32("0+", "Number of the partition."),
        brokerIds: array("0+", "Replicas of the partition, the preferred leader first.", "int32"),
      }),
      configs: array("0+", "Configurations, one entry a key.", {
        name: string("0+", "Key of the configuration."),
        value: string("0+", "Value of the configuration; null for none.", { nullable: "0+" }),
      }),
    }),
    timeoutMs: int32("0+", "How long the broker may take, in ms.", { default: 60000 }),
    validateOnly: bool("1+", "True to check the request and change nothing."),
  },
});
export type CreateTopicsRequest = BodyOf<typeof CreateTopicsRequest.fields>;

/** Response of CreateTopics. */
export const CreateTopicsResponse = message({
  name: "CreateTopicsResponse",
  apiKey: 19,
  versions: [2, 7],
  flexibleSince: 5,
  fields: {
    throttleTimeMs: int32("2+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      topicId: uuid("7+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      errorMessage: string("1+", "The error in words; null if there is none.", { nullable: "0+", ignorable: true }),
      topicConfigErrorCode: int16("5+", "Why the configurations may not be told, 0 if they are.", {
        tagged: "5+",
        tag: 0,
        ignorable: true,
      }),
      numPartitions: int32("5+", "Number of partitions; -1 in a request for the broker's default.", {
        default: -1,
        ignorable: true,
      }),
      replicationFactor: int16(
        "5+",
        "Number of replicas of each partition; -1 in a request for the broker's default.",
        { default: -1, ignorable: true },
      ),
      configs: array(
        "5+",
        "Configurations of the new topic; null if they may not be told.",
        {
          name: string("5+", "Key of the configuration."),
          value: string("5+", "Value of the configuration; null for none.", { nullable: "5+" }),
          readOnly: bool("5+", "Is it impossible to change the value at run time?"),
          configSource: int8(
            "5+",
            "Where the value comes from: 1 topic, 2 broker, 3 cluster default, 4 static file, 5 default.",
            { default: -1, ignorable: true },
          ),
          isSensitive: bool("5+", "Is the value a secret, and so left out?"),
        },
        { nullable: "5+", ignorable: true },
      ),
    }),
  },
});
export type CreateTopicsResponse = BodyOf<typeof CreateTopicsResponse.fields>;
