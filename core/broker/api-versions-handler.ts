// ApiVersions: the first thing a client asks, so that both sides speak a version both know (KIP-35, KIP-511).

import { SUPPORTED_FEATURES } from "../controller/feature-control.js";
import { Errors } from "../errors.js";
import type { MetadataImage } from "../metadata/metadata-image.js";
import {
  advertisedLowestVersion,
  apiByKey,
  APIS,
  isVersionSupported,
  type ApiName,
  type ResponseBody,
} from "../protocol/apis.js";
import { compareStrings } from "../types.js";
import type { RequestContext } from "./request-context.js";

const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

const FIRST_VERSION_WITH_LEVEL_0 = 4;

type ApiRanges = ResponseBody<"ApiVersions">["apiKeys"];

/** The version ranges of each listener's APIs: the same for every connection, of which a cluster has many. */
const RANGES = new WeakMap<readonly ApiName[], ApiRanges>();

function rangesOf(served: readonly ApiName[]): ApiRanges {
  let ranges = RANGES.get(served);
  if (ranges === undefined) {
    ranges = served
      .map((name) => apiByKey(APIS[name].key))
      .filter((api) => api !== undefined)
      .sort((a, b) => a.key - b.key)
      .map((api) => ({ apiKey: api.key, minVersion: advertisedLowestVersion(api), maxVersion: api.highestVersion }));
    RANGES.set(served, ranges);
  }
  return ranges;
}

/** The answer, in `apiVersion`, for a listener that serves `served`. */
export function apiVersionsResponse(
  served: readonly ApiName[],
  image: MetadataImage | undefined,
  apiVersion: number,
): ResponseBody<"ApiVersions"> {
  const features = [...(image?.features ?? [])].sort(([a], [b]) => compareStrings(a, b));
  // What this broker could do, whatever the cluster has agreed on: an upgrade is looked for in the difference (KIP-584).
  const supportedFeatures = [...SUPPORTED_FEATURES]
    .map(([name, { min, max }]) => ({ name, minVersion: min, maxVersion: max }))
    // KAFKA-17492: clients from before v4 refuse the whole answer if a feature can be as low as 0.
    .filter(({ minVersion }) => minVersion > 0 || apiVersion >= FIRST_VERSION_WITH_LEVEL_0);
  return {
    errorCode: Errors.NONE,
    apiKeys: rangesOf(served),
    throttleTimeMs: 0,
    supportedFeatures,
    finalizedFeaturesEpoch: image?.offset ?? -1,
    finalizedFeatures: features.map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    zkMigrationReady: false,
  };
}

/**
 * Answers ApiVersions. A version the broker does not know gets a v0 body with UNSUPPORTED_VERSION and the versions of
 * this one API, never a closed connection: the client could not find out otherwise.
 */
export function handleApiVersions(
  served: readonly ApiName[],
  image: MetadataImage | undefined,
  body: { readonly clientSoftwareName: string; readonly clientSoftwareVersion: string },
  context: RequestContext<"ApiVersions">,
): void {
  const response = apiVersionsResponse(served, image, context.apiVersion);
  const { key } = APIS.ApiVersions;
  if (!isVersionSupported(key, context.apiVersion)) {
    const own = response.apiKeys.filter((api) => api.apiKey === key);
    context.replyInVersion({ ...response, errorCode: Errors.UNSUPPORTED_VERSION, apiKeys: own }, 0);
    return;
  }
  const named =
    context.apiVersion < 3 ||
    (SOFTWARE_NAME.test(body.clientSoftwareName) && SOFTWARE_NAME.test(body.clientSoftwareVersion));
  context.reply(named ? response : APIS.ApiVersions.response.create({ errorCode: Errors.INVALID_REQUEST }));
}
