// IncrementalAlterConfigs: changes single configurations.
// What is not named stays as it is (KIP-339).

import { array, bool, int16, int32, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of IncrementalAlterConfigs. */
export const IncrementalAlterConfigsRequest = message({
  name: "IncrementalAlterConfigsRequest",
  apiKey: 44,
  versions: [0, 1],
  flexibleSince: 1,
  fields: {
    resources: array("0+", "Topics or brokers, one entry each.", {
      resourceType: int8("0+", "2 topic, 4 broker, 8 broker logger."),
      resourceName: string("0+", "Name of the topic or id of the broker; empty for the cluster's default."),
      configs: array("0+", "Configurations, one entry a key.", {
        name: string("0+", "Key of the configuration."),
        configOperation: int8("0+", "0 set, 1 delete, 2 append to a list, 3 subtract from a list."),
        value: string("0+", "Value of the configuration; null for none.", { nullable: "0+" }),
      }),
    }),
    validateOnly: bool("0+", "True to check the request and change nothing."),
  },
});
export type IncrementalAlterConfigsRequest = BodyOf<typeof IncrementalAlterConfigsRequest.fields>;

/** Response of IncrementalAlterConfigs. */
export const IncrementalAlterConfigsResponse = message({
  name: "IncrementalAlterConfigsResponse",
  apiKey: 44,
  versions: [0, 1],
  flexibleSince: 1,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    responses: array("0+", "Outcomes, one a resource.", {
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
      resourceType: int8("0+", "2 topic, 4 broker, 8 broker logger."),
      resourceName: string("0+", "Name of the topic or id of the broker; empty for the cluster's default."),
    }),
  },
});
export type IncrementalAlterConfigsResponse = BodyOf<typeof IncrementalAlterConfigsResponse.fields>;
