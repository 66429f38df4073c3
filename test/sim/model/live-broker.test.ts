import { expect, test } from "vitest";
import { LogContents } from "../../../sim/model/broker-log.js";
import { BrokerModel } from "../../../sim/model/broker-model.js";
import { type BrokerState, type ClusterState, rowOf } from "../../../sim/model/broker-state.js";
import { explore, type Invariant } from "../../../sim/model/explore.js";
import { brokerWorld, LiveBroker } from "../../../sim/model/live-broker.js";
import { LEADER_IN_ISR } from "../../../sim/model/replication-invariants.js";

test("a broker brought to life and put to rest is the same, in every state (2 replicas)", () => {
  const world = brokerWorld(new LogContents(), 2);
  const textOf = (broker: BrokerState): string => {
    const { records, epochs } = broker.log;
    const { highWatermark, partitionEpoch, proposedIsr, known, compares, straggler } = broker;
    return JSON.stringify([records, epochs, highWatermark, partitionEpoch, proposedIsr, known, compares, straggler]);
  };
  const seen = { leaders: 0, proposals: 0 };
  const same: Invariant<ClusterState> = {
    name: "same",
    claim: "Waking changes nothing.",
    holds: (state) =>
      state.brokers.every((broker, id) => {
        if (rowOf(state, id)?.leader === id) seen.leaders++;
        if (broker.proposedIsr !== 0) seen.proposals++;
        return textOf(new LiveBroker(world, id, broker, rowOf(state, id)).rest()) === textOf(broker);
      }),
  };
  const model = new BrokerModel({ replicas: 2, records: 2, maxLeaderEpoch: 1, maxPartitionEpoch: 3 });
  const found = explore(model, [same]);
  expect(found).toMatchObject({ complete: true, violations: [] });
  expect(seen.leaders).toBeGreaterThan(100);
  expect(seen.proposals).toBeGreaterThan(100);
});

test("LeaderInIsr: nobody or a member, and nothing else", () => {
  const state = { replicas: [], decisions: [{ leader: 1, isr: 3 }], nextRecord: 0 };
  expect(LEADER_IN_ISR.holds({ ...state, quorumIsr: 0b11 })).toBe(true);
  expect(LEADER_IN_ISR.holds({ ...state, quorumIsr: 0b01 })).toBe(false);
  expect(LEADER_IN_ISR.holds({ ...state, decisions: [{ leader: -1, isr: 1 }], quorumIsr: 0b01 })).toBe(true);
});
