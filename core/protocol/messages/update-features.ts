// UpdateFeatures: raises or lowers cluster-wide feature levels.
// Served by the active controller (KIP-584).

import { array, bool, int16, int32, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of UpdateFeatures. */
export const UpdateFeaturesRequest = message({
  name: "UpdateFeaturesRequest",
  apiKey: 57,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    timeoutMs: int32("0+", "How long the broker may take, in ms.", { default: 60000 }),
    featureUpdates: array("0+", "Features to set, each to a level.", {
      feature: string("0+", "Name of the feature."),
      maxVersionLevel: int16("0+", "Level to set; below 1 removes the feature."),
      allowDowngrade: bool("0", "May the level be lowered?"),
      upgradeType: int8("1+", "1 raise, 2 lower without loss, 3 lower with loss.", { default: 1 }),
    }),
    validateOnly: bool("1+", "True to check the request and change nothing."),
  },
});
export type UpdateFeaturesRequest = BodyOf<typeof UpdateFeaturesRequest.fields>;

/** Response of UpdateFeatures. */
export const UpdateFeaturesResponse = message({
  name: "UpdateFeaturesResponse",
  apiKey: 57,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
    results: array(
      "0-1",
      "Outcomes, one entry each.",
      {
        feature: string("0+", "Name of the feature."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
      },
      { ignorable: true },
    ),
  },
});
export type UpdateFeaturesResponse = BodyOf<typeof UpdateFeaturesResponse.fields>;
