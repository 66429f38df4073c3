// Features: levels of behaviour the whole cluster agrees on before anybody uses them (KIP-584).

import { Errors, type ErrorCode } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { metadataRecord, type MetadataRecord } from "../protocol/messages/metadata-records.js";
import { compareStrings } from "../types.js";
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

/** `UpdateFeaturesRequest.upgradeType`. */
const UPGRADE = 1;

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
    const errorCode = updateError(feature, current, maxVersionLevel, upgradeType);
    if (errorCode === Errors.NONE && maxVersionLevel !== current) {
      if (feature === ELR_FEATURE && maxVersionLevel > 0) records.push(...elrSafetyRecords(state));
      records.push(metadataRecord("FeatureLevelRecord", { name: feature, featureLevel: maxVersionLevel }));
    }
    return { feature, errorCode, errorMessage: null };
  });
  const failed = results.find((result) => result.errorCode !== Errors.NONE);
  // All or nothing.
  const errorCode = failed?.errorCode ?? Errors.NONE;
  const errorMessage = failed === undefined ? null : `The update of feature ${failed.feature} failed.`;
  return {
    records: failed !== undefined || body.validateOnly ? [] : records,
    response: { throttleTimeMs: 0, errorCode, errorMessage, results },
  };
}

function updateError(feature: string, current: number, level: number, upgradeType: number): ErrorCode {
  const supported = SUPPORTED_FEATURES.get(feature);
  if (supported === undefined || level < supported.min || level > supported.max) return Errors.INVALID_UPDATE_VERSION;
  if (level < current && upgradeType === UPGRADE) return Errors.INVALID_UPDATE_VERSION;
  return Errors.NONE;
}
