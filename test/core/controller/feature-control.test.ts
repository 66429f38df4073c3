// What UpdateFeatures refuses, as Kafka's FeatureControlManager does.

import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { ControllerCluster } from "./controller-cluster.js";

const UNKNOWN = 0;
const UPGRADE = 1;
const SAFE_DOWNGRADE = 2;
const UNSAFE_DOWNGRADE = 3;

function updating(cluster: ControllerCluster, feature: string) {
  return (maxVersionLevel: number, upgradeType: number) =>
    cluster.request("UpdateFeatures", { featureUpdates: [{ feature, maxVersionLevel, upgradeType }] }).errorCode;
}

test("metadata.version goes down as long as no version in between brought new records, and never by force", () => {
  const cluster = new ControllerCluster([1]);
  const update = updating(cluster, "metadata.version");
  const level = () => cluster.image.features.get("metadata.version");
  expect(level()).toBe(25);
  for (const [target, upgradeType] of [
    [22, SAFE_DOWNGRADE],
    [22, UNSAFE_DOWNGRADE],
    [7, UNSAFE_DOWNGRADE],
    [24, UPGRADE],
  ] as const) {
    expect(update(target, upgradeType)).toBe(Errors.INVALID_UPDATE_VERSION);
  }
  expect(level()).toBe(25);
  expect(update(24, SAFE_DOWNGRADE)).toBe(Errors.NONE);
  expect(update(23, UNSAFE_DOWNGRADE)).toBe(Errors.NONE);
  expect(level()).toBe(23);
  expect(update(25, UPGRADE)).toBe(Errors.NONE);
});

test("an upgrade type that says nothing or the opposite is refused, and all that was asked with it", () => {
  const cluster = new ControllerCluster([1], { "eligible.leader.replicas.enable": false });
  const feature = "eligible.leader.replicas.version";
  const update = updating(cluster, feature);
  expect(update(1, UNKNOWN)).toBe(Errors.INVALID_UPDATE_VERSION);
  expect(update(1, 4)).toBe(Errors.INVALID_UPDATE_VERSION);
  expect(update(1, SAFE_DOWNGRADE)).toBe(Errors.INVALID_UPDATE_VERSION);
  const both = cluster.request("UpdateFeatures", {
    featureUpdates: [
      { feature, maxVersionLevel: 1, upgradeType: UPGRADE },
      { feature: "no.such.feature", maxVersionLevel: 1, upgradeType: UPGRADE },
    ],
  });
  expect(both.errorCode).toBe(Errors.INVALID_UPDATE_VERSION);
  expect(both.errorMessage).toContain("no.such.feature");
  expect(cluster.image.features.has(feature)).toBe(false);
  expect(update(1, UPGRADE)).toBe(Errors.NONE);
  expect(update(0, SAFE_DOWNGRADE)).toBe(Errors.NONE);
  expect(cluster.image.features.has(feature)).toBe(false);
});
