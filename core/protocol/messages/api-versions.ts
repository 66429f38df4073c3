// ApiVersions: which APIs and versions a broker serves.
// The first request on a connection; its answer must be readable whatever the versions are (KIP-35, KIP-511).

import { array, bool, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of ApiVersions. */
export const ApiVersionsRequest = message({
  name: "ApiVersionsRequest",
  apiKey: 18,
  versions: [0, 4],
  flexibleSince: 3,
  fields: {
    clientSoftwareName: string("3+", "Name of the client library.", { ignorable: true }),
    clientSoftwareVersion: string("3+", "Version of the client library.", { ignorable: true }),
  },
});
export type ApiVersionsRequest = BodyOf<typeof ApiVersionsRequest.fields>;

/** Response of ApiVersions. */
export const ApiVersionsResponse = message({
  name: "ApiVersionsResponse",
  apiKey: 18,
  versions: [0, 4],
  flexibleSince: 3,
  fields: {
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    apiKeys: array("0+", "The APIs the broker serves, each with its versions.", {
      apiKey: int16("0+", "Number of the API."),
      minVersion: int16("0+", "Lowest version served."),
      maxVersion: int16("0+", "Highest version served."),
    }),
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    supportedFeatures: array(
      "3+",
      "Features the broker supports, each with a range of levels.",
      {
        name: string("3+", "Name of the feature."),
        minVersion: int16("3+", "Lowest level supported."),
        maxVersion: int16("3+", "Highest level supported."),
      },
      { tagged: "3+", tag: 0, ignorable: true },
    ),
    finalizedFeaturesEpoch: int64("3+", "Age of the finalized features, -1 if unknown; a client keeps the newest.", {
      tagged: "3+",
      tag: 1,
      default: -1,
      ignorable: true,
    }),
    finalizedFeatures: array(
      "3+",
      "Features the cluster has agreed on, each with its level.",
      {
        name: string("3+", "Name of the feature."),
        maxVersionLevel: int16("3+", "Level the feature is finalized at."),
        minVersionLevel: int16("3+", "Lowest level in use."),
      },
      { tagged: "3+", tag: 2, ignorable: true },
    ),
    zkMigrationReady: bool("3+", "Ready for a migration from ZooKeeper; never in Kafka 4.", {
      tagged: "3+",
      tag: 3,
      ignorable: true,
    }),
  },
});
export type ApiVersionsResponse = BodyOf<typeof ApiVersionsResponse.fields>;
