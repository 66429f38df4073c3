// Turns a committed decision into the facts a trace tells of it.

import type { TraceSink } from "../environment.js";
import type { MetadataDelta, PartitionDelta } from "../metadata/metadata-delta.js";
import type { PartitionRegistration } from "../metadata/registrations.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { MetadataEvent } from "../trace.js";
import { NO_LEADER } from "../types.js";
import { isReassigning } from "./reassignment.js";

/** Emits the facts of one committed batch, in the order of its records; partitions by name. */
export function emitMetadataFacts(trace: TraceSink, records: readonly MetadataRecord[], delta: MetadataDelta): void {
  for (const record of records) {
    const fact = brokerFact(record);
    if (fact !== undefined) trace.emit(fact);
  }
  for (const change of delta.changedPartitions) {
    const row = change.after ?? change.before;
    if (row === undefined) continue;
    trace.emit({
      type: "partition.changed",
      topic: change.topic,
      partition: change.partition,
      leader: change.after === undefined ? NO_LEADER : row.leader,
      leaderEpoch: row.leaderEpoch,
      partitionEpoch: row.partitionEpoch,
      replicas: row.replicas,
      isr: row.isr,
      elr: row.elr,
      reason: reasonOf(change),
    });
  }
}

function brokerFact(record: MetadataRecord): MetadataEvent | undefined {
  if (record.type === "RegisterBrokerRecord") {
    const { brokerId, brokerEpoch } = record.body;
    return { type: "broker.registered", brokerId, brokerEpoch };
  }
  if (record.type !== "BrokerRegistrationChangeRecord") return undefined;
  const { brokerId, brokerEpoch, fenced, inControlledShutdown } = record.body;
  if (fenced > 0) return { type: "broker.fenced", brokerId, brokerEpoch };
  if (fenced < 0) return { type: "broker.unfenced", brokerId, brokerEpoch };
  return inControlledShutdown === 0 ? undefined : { type: "broker.controlled-shutdown", brokerId, brokerEpoch };
}

const RECOVERING = 1;

type Reason = Extract<MetadataEvent, { readonly type: "partition.changed" }>["reason"];

function reasonOf({ before, after }: PartitionDelta): Reason {
  if (before === undefined) return "created";
  if (after === undefined) return "deleted";
  if (isUncleanRevert(before, after)) return "unclean-revert";
  if (after.leader !== before.leader && after.leader !== NO_LEADER) return electionKind(before, after);
  if (isReassigning(before) !== isReassigning(after) || before.replicas !== after.replicas) return "reassignment";
  return "isr-change";
}

/**
 * A reassignment was cancelled when only replicas that it was adding were in sync: somebody else is in the ISR now by
 * force, with what it has. It says nothing of having to recover, and may lead later as if it had never been away.
 */
function isUncleanRevert(before: PartitionRegistration, after: PartitionRegistration): boolean {
  const { addingReplicas, isr, elr } = before;
  const isCancelled = addingReplicas.length > 0 && !addingReplicas.some((id) => after.replicas.includes(id));
  return isCancelled && after.isr.length > 0 && !after.isr.some((id) => isr.includes(id) || elr.includes(id));
}

function electionKind(before: PartitionRegistration, after: PartitionRegistration): Reason {
  const wasEligible = before.isr.includes(after.leader) || before.elr.includes(after.leader);
  // A replica may join the ISR and lead by one decision, as at the end of a reassignment: that loses nothing. An
  // unclean election is one whose leader has to recover.
  if (!wasEligible && after.leaderRecoveryState === RECOVERING) return "unclean-election";
  const oldLeaderCouldStay = before.leader !== NO_LEADER && after.isr.includes(before.leader);
  if (oldLeaderCouldStay && after.leader === after.replicas[0]) {
    return isReassigning(before) && !isReassigning(after) ? "reassignment" : "preferred-election";
  }
  return "clean-election";
}
