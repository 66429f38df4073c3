import { expect, test } from "vitest";
import { placeReplicas } from "../../../core/controller/replica-placer.js";
import type { BrokerRegistration } from "../../../core/metadata/registrations.js";
import { ZERO_UUID } from "../../../core/types.js";
import { FakeRandom } from "../support/fake-environment.js";

function broker(id: number, rack: string | null = null, fenced = false): BrokerRegistration {
  const rest = { epoch: 0, incarnationId: ZERO_UUID, host: `b${id}`, port: 9092, inControlledShutdown: false };
  return { id, rack, fenced, ...rest };
}

test("placement: leaders spread evenly over brokers (3 brokers, 6 partitions)", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const placed = placeReplicas(new FakeRandom(seed), [broker(1), broker(2), broker(3)], 6, 2);
    if (!placed.ok) throw new Error(placed.message);
    const leaders = placed.assignments.map((replicas) => replicas[0]);
    for (const id of [1, 2, 3]) expect(leaders.filter((leader) => leader === id).length).toBe(2);
    for (const replicas of placed.assignments) expect(new Set(replicas).size).toBe(2);
  }
});

test("placement: replicas of a partition use as many racks as there are (3 racks of 2 brokers, 3 replicas)", () => {
  const brokers = [1, 2, 3, 4, 5, 6].map((id) => broker(id, `rack-${id % 3}`));
  for (let seed = 1; seed <= 20; seed++) {
    const placed = placeReplicas(new FakeRandom(seed), brokers, 12, 3);
    if (!placed.ok) throw new Error(placed.message);
    for (const replicas of placed.assignments) expect(new Set(replicas.map((id) => id % 3)).size).toBe(3);
  }
});

test("placement: a fenced broker never comes first", () => {
  const placed = placeReplicas(new FakeRandom(1), [broker(1), broker(2, null, true), broker(3)], 12, 3);
  if (!placed.ok) throw new Error(placed.message);
  for (const replicas of placed.assignments) expect(replicas[0]).not.toBe(2);
});

test("placement: refused with more replicas than brokers, or with every broker fenced", () => {
  expect(placeReplicas(new FakeRandom(1), [broker(1)], 1, 2).ok).toBe(false);
  expect(placeReplicas(new FakeRandom(1), [broker(1, null, true)], 1, 1).ok).toBe(false);
});
