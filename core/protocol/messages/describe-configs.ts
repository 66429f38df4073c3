// DescribeConfigs: configurations and where their values come from.
// For topics any broker answers, for a broker's own settings that broker.

import { array, bool, int16, int32, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DescribeConfigs. */
export const DescribeConfigsRequest = message({
  name: "DescribeConfigsRequest",
  apiKey: 32,
  versions: [1, 4],
  flexibleSince: 4,
  fields: {
    resources: array("0+", "Topics or brokers, one entry each.", {
      resourceType: int8("0+", "2 topic, 4 broker, 8 broker logger."),
      resourceName: string("0+", "Name of the topic or id of the broker; empty for the cluster's default."),
      configurationKeys: array("0+", "Keys to list; null for all.", "string", { nullable: "0+" }),
    }),
    includeSynonyms: bool("1+", "Shall the answer list where else each value could come from?"),
    includeDocumentation: bool("3+", "Shall the answer explain each key?"),
  },
});
export type DescribeConfigsRequest = BodyOf<typeof DescribeConfigsRequest.fields>;

/** Response of DescribeConfigs. */
export const DescribeConfigsResponse = message({
  name: "DescribeConfigsResponse",
  apiKey: 32,
  versions: [1, 4],
  flexibleSince: 4,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    results: array("0+", "Outcomes, one entry each.", {
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
      resourceType: int8("0+", "2 topic, 4 broker, 8 broker logger."),
      resourceName: string("0+", "Name of the topic or id of the broker; empty for the cluster's default."),
      configs: array("0+", "The configurations asked for.", {
        name: string("0+", "Key of the configuration."),
        value: string("0+", "Value of the configuration; null for none.", { nullable: "0+" }),
        readOnly: bool("0+", "Is it impossible to change the value at run time?"),
        configSource: int8(
          "1+",
          "Where the value comes from: 1 topic, 2 broker, 3 cluster default, 4 static file, 5 default.",
          { default: -1, ignorable: true },
        ),
        isSensitive: bool("0+", "Is the value a secret, and so left out?"),
        synonyms: array(
          "1+",
          "Where else the value could come from, the strongest first.",
          {
            name: string("1+", "Key of the synonym."),
            value: string("1+", "Value of the configuration; null for none.", { nullable: "0+" }),
            source: int8("1+", "Where the value comes from."),
          },
          { ignorable: true },
        ),
        configType: int8("3+", "Type of the value, by number.", { ignorable: true }),
        documentation: string("3+", "Text that explains the key.", { nullable: "0+", ignorable: true }),
      }),
    }),
  },
});
export type DescribeConfigsResponse = BodyOf<typeof DescribeConfigsResponse.fields>;
