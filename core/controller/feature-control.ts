// Features: levels of behaviour the whole cluster agrees on before anybody uses them (KIP-584).

import { Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { metadataRecord, type MetadataRecord } from "../protocol/messages/metadata-records.js";
import { compareStrings } from "../types.js";
import { apiError, NO_ERROR, type ApiError } from "./api-error.js";
import { elrSafetyRecords } from "./config-control.js";
import {
  ELR_FEATURE,
  METADATA_VERSION_FEATURE,
  type ControllerResult,
  type ControllerState,
} from "./controller-state.js";

/** 4.0-IV3, the metadata version of Kafka 4.0. */
export const METADATA_VERSION_4_0 = 25;
/** 3.3-IV3, the lowest a KRaft cluster of 4.0 may have. */
const LOWEST_METADATA_VERSION = 7;

/** Range of levels this implementation knows, by feature. */
export const SUPPORTED_FEATURES: ReadonlyMap<string, { readonly min: number; readonly max: number }> = new Map([
  [ELR_FEATURE, { min: 0, max: 1 }],
  [METADATA_VERSION_FEATURE, { min: LOWEST_METADATA_VERSION, max: METADATA_VERSION_4_0 }],
]);

/** The metadata versions above the lowest whose records older ones lack: a downgrade below one would lose some. */
const VERSIONS_WITH_NEW_METADATA = [8, 11, 13, 14, 15, 17, 23] as const;

/** `UpdateFeaturesRequest.upgradeType`; all other numbers are Kafka's UNKNOWN. */
const UpgradeType = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const;

/** The first records of a new cluster: its feature levels, and what they demand. */
export function bootstrapRecords(
  state: ControllerState,
  levels: Readonly<Record<string, number>>,
): readonly MetadataRecord[] {
  const features = Object.entries(levels)
    .filter(([, featureLevel]) => featureLevel > 0)
    .sort((a, b) => compareStrings(a[0], b[0]))
    .map(([name, featureLevel]) => metadataRecord("FeatureLevelRecord", { name, featureLevel }));
  return (levels[ELR_FEATURE] ?? 0) > 0 ? [...features, ...elrSafetyRecords(state)] : features;
}

export function updateFeatures(
  state: ControllerState,
  body: RequestBody<"UpdateFeatures">,
): ControllerResult<ResponseBody<"UpdateFeatures">> {
  const records: MetadataRecord[] = [];
  const results = body.featureUpdates.map(({ feature, maxVersionLevel, upgradeType }) => {
    const current = state.image.features.get(feature) ?? 0;
    const error = updateError(feature, current, maxVersionLevel, upgradeType);
    if (error.errorCode === Errors.NONE && maxVersionLevel !== current) {
      if (feature === ELR_FEATURE && maxVersionLevel > 0) records.push(...elrSafetyRecords(state));
      records.push(metadataRecord("FeatureLevelRecord", { name: feature, featureLevel: maxVersionLevel }));
    }
    return { feature, ...error };
  });
  const failed = results.find((result) => result.errorCode !== Errors.NONE);
  // All or nothing.
  const errorCode = failed?.errorCode ?? Errors.NONE;
  const errorMessage =
    failed === undefined
      ? null
      : `The update failed for all features since the following feature had an error: ${failed.errorMessage}`;
  return {
    records: failed !== undefined || body.validateOnly ? [] : records,
    response: { throttleTimeMs: 0, errorCode, errorMessage, results },
  };
}

function updateError(feature: string, current: number, level: number, upgradeType: number): ApiError {
  const problem = updateProblem(feature, current, level, upgradeType);
  if (problem === undefined) return NO_ERROR;
  return apiError(Errors.INVALID_UPDATE_VERSION, `Invalid update version ${level} for feature ${feature}. ${problem}`);
}

function updateProblem(feature: string, current: number, level: number, upgradeType: number): string | undefined {
  if (upgradeType < UpgradeType.UPGRADE || upgradeType > UpgradeType.UNSAFE_DOWNGRADE) {
    return "The controller does not support the given upgrade type.";
  }
  const supported = SUPPORTED_FEATURES.get(feature);
  if (supported === undefined) return "The feature is not supported.";
  if (level < supported.min || level > supported.max) {
    return `The controller supports versions ${supported.min} to ${supported.max}.`;
  }
  if (level < current && upgradeType === UpgradeType.UPGRADE) {
    return "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.";
  }
  if (level > current && upgradeType !== UpgradeType.UPGRADE) return "Can't downgrade to a newer version.";
  const losesMetadata = VERSIONS_WITH_NEW_METADATA.some((version) => level < version && version <= current);
  if (feature !== METADATA_VERSION_FEATURE || !losesMetadata) return undefined;
  // KAFKA-13896: nobody would remove from the log what the older version cannot read, so not even by force.
  return upgradeType === UpgradeType.UNSAFE_DOWNGRADE
    ? "Unsafe metadata downgrade is not supported in this version."
    : "Refusing to perform the requested downgrade because it might delete metadata information.";
}
