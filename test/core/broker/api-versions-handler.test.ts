import { expect, test } from "vitest";
import { handleApiVersions } from "../../../core/broker/api-versions-handler.js";
import { Errors } from "../../../core/errors.js";
import { MetadataImage } from "../../../core/metadata/metadata-image.js";
import { type ApiName, APIS } from "../../../core/protocol/apis.js";
import { metadataRecord } from "../../../core/protocol/messages/metadata-records.js";
import { ask } from "./support.js";

const SERVED: readonly ApiName[] = ["Metadata", "ApiVersions", "Produce"];

function image(): MetadataImage {
  const image = new MetadataImage();
  image.replay(metadataRecord("FeatureLevelRecord", { name: "metadata.version", featureLevel: 20 }));
  image.replay(metadataRecord("FeatureLevelRecord", { name: "group.version", featureLevel: 1 }));
  return image;
}

function answer(apiVersion: number, name = "app", version = "1.0") {
  return ask(
    "ApiVersions",
    (body, context) => handleApiVersions(SERVED, image(), body, context),
    { clientSoftwareName: name, clientSoftwareVersion: version },
    apiVersion,
  );
}

test("the served APIs, by key", () => {
  const keys = answer(4).body!.apiKeys.map(({ apiKey }) => apiKey);
  expect(keys).toEqual([APIS.Produce.key, APIS.Metadata.key, APIS.ApiVersions.key]);
});

test("KIP-511: an unknown version is answered in v0 with UNSUPPORTED_VERSION and the versions of ApiVersions", () => {
  const { body, version } = answer(99);
  expect(version).toBe(0);
  expect(body!.errorCode).toBe(Errors.UNSUPPORTED_VERSION);
  expect(body!.apiKeys).toMatchObject([{ apiKey: APIS.ApiVersions.key, minVersion: 0, maxVersion: 4 }]);
});

test("KIP-584: supported features are those of the broker, not of the cluster, which may be behind or have none on", () => {
  expect(answer(4).body!.supportedFeatures).toEqual([
    { name: "eligible.leader.replicas.version", minVersion: 0, maxVersion: 1 },
    { name: "metadata.version", minVersion: 7, maxVersion: 25 },
  ]);
  expect(answer(4).body!.finalizedFeatures).toMatchObject([
    { name: "group.version", maxVersionLevel: 1 },
    { name: "metadata.version", maxVersionLevel: 20 },
  ]);
});

test("KAFKA-17492: features that may be off (level 0) are left out below v4: older clients refuse the answer", () => {
  expect(answer(3).body!.supportedFeatures.map(({ name }) => name)).toEqual(["metadata.version"]);
  expect(answer(3).body!.finalizedFeatures.map(({ name }) => name)).toEqual(["group.version", "metadata.version"]);
});

test("v3 and later: a client must name its software properly; before it cannot", () => {
  expect(answer(3, "-app").body!.errorCode).toBe(Errors.INVALID_REQUEST);
  expect(answer(3, "app", "").body!.errorCode).toBe(Errors.INVALID_REQUEST);
  expect(answer(2, "", "").body!.errorCode).toBe(Errors.NONE);
  expect(answer(3, "-app").body).toMatchObject({ apiKeys: [], supportedFeatures: [], finalizedFeatures: [] });
});
