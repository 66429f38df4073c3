// Live controller: core's decisions on one partition, from a row to the next.
//
// Elections go through PartitionChangeBuilder, proposals through AlterPartition with all its checks; only the image
// they look at is the model's. The model chooses whom the controller believes to be alive.

import type { BugSwitches } from "../../core/bugs.js";
import { NO_MARKS } from "../../core/marks.js";
import { alterPartition } from "../../core/controller/alter-partition.js";
import type { ControllerState } from "../../core/controller/controller-state.js";
import { buildPartitionChange, type PartitionChangeOptions } from "../../core/controller/partition-change-builder.js";
import { mergePartition } from "../../core/metadata/partition-changes.js";
import type { PartitionRegistration } from "../../core/metadata/registrations.js";
import { ZERO_UUID } from "../../core/types.js";
import { BROKER_EPOCH, type BrokerWorld } from "./live-broker.js";

type Targets = Partial<PartitionChangeOptions>;

/** The record for a change; all brokers are alive unless `targets` says otherwise. */
function decide(row: PartitionRegistration, targets: Targets, bugs: BugSwitches) {
  const options = { topicId: ZERO_UUID, partitionId: 0, partition: row, minIsr: 1, elrEnabled: false, bugs };
  return buildPartitionChange({ ...options, isAcceptableLeader: () => true, ...targets });
}

/** The row after a change; undefined if nothing changes. */
function change(row: PartitionRegistration, targets: Targets, bugs: BugSwitches): PartitionRegistration | undefined {
  const record = decide(row, targets, bugs);
  return record === undefined ? undefined : mergePartition(row, record.body);
}

/** Makes `leader` lead: of all who might, only it is at hand. */
export function elect(
  row: PartitionRegistration,
  leader: number,
  bugs: BugSwitches,
): PartitionRegistration | undefined {
  return change(row, { isAcceptableLeader: (id) => id === leader }, bugs);
}

/** Takes a broker for dead: it leaves the ISR, and leads no more. */
export function fence(
  row: PartitionRegistration,
  broker: number,
  bugs: BugSwitches,
): PartitionRegistration | undefined {
  const targetIsr = row.isr.filter((id) => id !== broker);
  return change(row, { targetIsr, isAcceptableLeader: (id) => id !== broker }, bugs);
}

/** A leader that knows `known` proposes an ISR; undefined if it is refused. */
export function handleProposal(
  world: BrokerWorld,
  row: PartitionRegistration,
  known: PartitionRegistration,
  proposed: readonly number[],
): PartitionRegistration | undefined {
  const topic = { name: "orders", topicId: ZERO_UUID, partitions: new Map([[0, row]]) };
  let next: PartitionRegistration | undefined;
  const state = {
    env: { bugs: world.bugs, marks: NO_MARKS },
    image: { topicsById: new Map([[ZERO_UUID, topic]]), brokers: world.cluster.brokers },
    uncleanElectionEnabled: () => false,
    change: (_topic: unknown, _partition: number, _row: unknown, targets: Targets) => {
      const record = decide(row, targets, world.bugs);
      if (record !== undefined) next = mergePartition(row, record.body);
      return record;
    },
  };
  const request = {
    partitionIndex: 0,
    leaderEpoch: known.leaderEpoch,
    newIsr: [],
    newIsrWithEpochs: proposed.map((brokerId) => ({ brokerId, brokerEpoch: BROKER_EPOCH })),
    leaderRecoveryState: 0,
    partitionEpoch: known.partitionEpoch,
  };
  const body = {
    brokerId: known.leader,
    brokerEpoch: BROKER_EPOCH,
    topics: [{ topicId: ZERO_UUID, partitions: [request] }],
  };
  alterPartition(state as unknown as ControllerState, body as Parameters<typeof alterPartition>[1], 3);
  return next;
}
