// AlterConfigs: replaces all configurations of a resource.
// The older form: what is not named goes back to its default.

import { array, bool, int16, int32, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of AlterConfigs. */
export const AlterConfigsRequest = message({
  name: "AlterConfigsRequest",
  apiKey: 33,
  versions: [0, 2],
  flexibleSince: 2,
  fields: {
    resources: array("0+", "Topics or brokers, one entry each.", {
      resourceType: int8("0+", "2 topic, 4 broker, 8 broker logger."),
      resourceName: string("0+", "Name of the topic or id of the broker; empty for the cluster's default."),
      configs: array("0+", "Configurations, one entry a key.", {
        name: string("0+", "Key of the configuration."),
        value: string("0+", "Value of the configuration; null for none.", { nullable: "0+" }),
      }),
    }),
    validateOnly: bool("0+", "True to check the request and change nothing."),
  },
});
export type AlterConfigsRequest = BodyOf<typeof AlterConfigsRequest.fields>;

/** Response of AlterConfigs. */
export const AlterConfigsResponse = message({
  name: "AlterConfigsResponse",
  apiKey: 33,
  versions: [0, 2],
  flexibleSince: 2,
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
export type AlterConfigsResponse = BodyOf<typeof AlterConfigsResponse.fields>;
