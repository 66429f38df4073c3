// From "the ISR should become X" to the one record that says all that follows from it: who leads, who stays
// eligible, whether a reassignment is complete. Every change of a partition in the controller goes through here, so
// these are the only rules of election there are.
//
// ELR (KIP-966): a replica that leaves the ISR while the ISR is below min.insync.replicas cannot have missed
// committed data, for the high watermark stands still below min ISR. It stays eligible to lead although it is no
// longer in sync. With ELR the ISR may become empty; without it the last member stays on record though it is gone,
// because it alone is known to have everything ("last replica standing").

import { NO_BUGS, type BugSwitches } from "../bugs.js";
import { NO_MARKS, type Marks } from "../marks.js";
import { metadataRecord, type MetadataRecord, type MetadataRecordBody } from "../protocol/messages/metadata-records.js";
import { NO_LEADER, type NodeId, type Uuid } from "../types.js";
import { NO_LEADER_CHANGE, NO_RECOVERY_STATE_CHANGE } from "../metadata/partition-changes.js";
import type { LeaderRecoveryState, PartitionRegistration } from "../metadata/registrations.js";
import { completeReassignment } from "./reassignment.js";

/**
 * ONLINE: a clean leader, the current one if it may stay. PREFERRED: the first replica if it may lead, else as
 * ONLINE. UNCLEAN: as ONLINE, and rather any live replica than none.
 */
export type Election = "ONLINE" | "PREFERRED" | "UNCLEAN";

const RECOVERING: LeaderRecoveryState = 1;

export interface PartitionChangeOptions {
  readonly topicId: Uuid;
  readonly partitionId: number;
  readonly partition: PartitionRegistration;
  /** Registered, unfenced, not on its way out. */
  readonly isAcceptableLeader: (id: NodeId) => boolean;
  /** min(min.insync.replicas, replication factor). */
  readonly minIsr: number;
  readonly elrEnabled: boolean;
  readonly election?: Election;
  readonly targetIsr?: readonly NodeId[];
  readonly targetReplicas?: readonly NodeId[];
  readonly targetAdding?: readonly NodeId[];
  readonly targetRemoving?: readonly NodeId[];
  readonly targetRecoveryState?: LeaderRecoveryState;
  /** Restarted without having shut down cleanly: their logs may have lost what was only in the page cache. */
  readonly uncleanShutdownReplicas?: readonly NodeId[];
  readonly bugs?: BugSwitches;
  readonly marks?: Marks;
}

type Change = { -readonly [K in keyof MetadataRecordBody<"PartitionChangeRecord">]: unknown } & {
  leader: number;
  isr: readonly NodeId[] | null;
  leaderRecoveryState: number;
};

/** The record for the change; undefined if nothing changes. */
export function buildPartitionChange(
  options: PartitionChangeOptions,
): (MetadataRecord & { readonly type: "PartitionChangeRecord" }) | undefined {
  return new PartitionChangeBuilder(options).build();
}

interface ElectionResult {
  readonly leader: NodeId;
  readonly isUnclean: boolean;
}

class PartitionChangeBuilder {
  readonly #options: PartitionChangeOptions;
  readonly #partition: PartitionRegistration;
  #isr: readonly NodeId[];
  #replicas: readonly NodeId[];
  #adding: readonly NodeId[];
  #removing: readonly NodeId[];
  #elr: readonly NodeId[];

  constructor(options: PartitionChangeOptions) {
    const { partition } = options;
    this.#options = options;
    this.#partition = partition;
    this.#isr = options.targetIsr ?? partition.isr;
    this.#replicas = options.targetReplicas ?? partition.replicas;
    this.#adding = options.targetAdding ?? partition.addingReplicas;
    this.#removing = options.targetRemoving ?? partition.removingReplicas;
    this.#elr = partition.elr;
  }

  build(): (MetadataRecord & { readonly type: "PartitionChangeRecord" }) | undefined {
    const { topicId, partitionId, elrEnabled, targetRecoveryState } = this.#options;
    const partition = this.#partition;
    const change = metadataRecord("PartitionChangeRecord", { topicId, partitionId });
    const body = { ...change.body } as Change;

    this.#completeReassignment();
    this.#settleElr();
    this.#elect(body);
    this.#bumpEpochIfReplicasLeave(body);
    this.#recordElr(body);
    const mayRecordIsr = this.#isr.length > 0 || elrEnabled;
    if (body.isr === null && mayRecordIsr && !isSame(this.#isr, partition.isr)) body.isr = this.#isr;
    this.#recordLastKnownLeader(body);
    if (this.#replicas.length > 0 && !isSame(this.#replicas, partition.replicas)) body.replicas = this.#replicas;
    if (!isSame(this.#removing, partition.removingReplicas)) body.removingReplicas = this.#removing;
    if (!isSame(this.#adding, partition.addingReplicas)) body.addingReplicas = this.#adding;
    if (targetRecoveryState !== undefined && targetRecoveryState !== partition.leaderRecoveryState) {
      body.leaderRecoveryState = targetRecoveryState;
    }
    return isNoOp(body) ? undefined : { ...change, body: body as MetadataRecordBody<"PartitionChangeRecord"> };
  }

  #completeReassignment(): void {
    const going = { replicas: this.#replicas, adding: this.#adding, removing: this.#removing };
    const completed = completeReassignment(going, this.#isr);
    if (completed === undefined) return;
    this.#replicas = completed.replicas;
    this.#isr = completed.isr;
    this.#adding = [];
    this.#removing = [];
  }

  #settleElr(): void {
    const { elrEnabled, minIsr, uncleanShutdownReplicas = [], marks = NO_MARKS } = this.#options;
    if (!elrEnabled) return;
    if (this.#isr.length >= minIsr) {
      // Enough replicas are in sync: from now on data can be committed that an ELR member does not have.
      this.#elr = [];
      return;
    }
    const candidates = new Set([...this.#elr, ...this.#partition.isr]);
    if (uncleanShutdownReplicas.some((id) => candidates.has(id))) marks.reached("eligible-replica-restarted-uncleanly");
    this.#elr = [...candidates]
      .filter((id) => !this.#isr.includes(id) && !uncleanShutdownReplicas.includes(id))
      // A replica that the reassignment has just removed keeps no log to lead with.
      .filter((id) => this.#replicas.includes(id))
      .sort((a, b) => a - b);
  }

  #elect(body: Change): void {
    const { leader, isUnclean } = this.#electLeader();
    if (leader === this.#partition.leader) return;
    const { marks = NO_MARKS } = this.#options;
    if (leader === NO_LEADER) marks.reached("nobody-may-lead");
    if (isUnclean) {
      marks.reached(leader === this.#lastKnownLeader() ? "last-known-leader-elected" : "elected-uncleanly");
    }
    if (this.#elr.includes(leader)) {
      marks.reached("elected-from-elr");
      this.#isr = [leader];
      // With a min ISR of one the new leader alone may commit what the others lack.
      const canCommitAlone = this.#options.minIsr <= 1;
      this.#elr = canCommitAlone ? [] : this.#elr.filter((id) => id !== leader);
    }
    body.leader = leader;
    if (!isUnclean) return;
    body.isr = [leader];
    // The new leader may lack records others had: it says RECOVERED once it has dealt with that (KIP-704).
    if (this.#partition.leaderRecoveryState !== RECOVERING) body.leaderRecoveryState = RECOVERING;
  }

  #electLeader(): ElectionResult {
    const { election = "ONLINE", isAcceptableLeader, bugs = NO_BUGS } = this.#options;
    const current = this.#partition.leader;
    const preferred = this.#replicas[0];
    const isPreferredElection = election === "PREFERRED";
    if (isPreferredElection && preferred !== undefined && this.#isValidLeader(preferred)) return clean(preferred);
    if (this.#isValidLeader(current)) return clean(current);
    const online = this.#replicas.find((id) => this.#isValidLeader(id));
    if (online !== undefined) return clean(online);
    const lastKnown = this.#lastKnownLeader();
    if (lastKnown !== undefined) return { leader: lastKnown, isUnclean: true };
    // Where the topic does not choose records over downtime, whoever may lack committed records has to wait.
    if (election === "UNCLEAN" || bugs["elect-outside-isr"]) {
      const live = this.#replicas.find((id) => isAcceptableLeader(id));
      if (live !== undefined) return { leader: live, isUnclean: true };
    }
    return clean(NO_LEADER);
  }

  #isValidLeader(id: NodeId): boolean {
    const mayLead = this.#isr.includes(id) || (this.#isr.length === 0 && this.#elr.includes(id));
    return mayLead && this.#options.isAcceptableLeader(id);
  }

  /** With ISR and ELR both empty, the one that led last, if it is alive (KAFKA-19522). It counts as unclean. */
  #lastKnownLeader(): NodeId | undefined {
    const { elrEnabled, isAcceptableLeader, bugs = NO_BUGS } = this.#options;
    const { lastKnownElr } = this.#partition;
    if (!elrEnabled || this.#isr.length > 0 || this.#elr.length > 0 || lastKnownElr.length !== 1) return undefined;
    const id = lastKnownElr[0]!;
    return isAcceptableLeader(id) || bugs["elect-fenced-last-known-leader"] ? id : undefined;
  }

  /** A removed replica must stop fetching as a member: a new leader epoch makes every replica look again. */
  #bumpEpochIfReplicasLeave(body: Change): void {
    if (body.leader !== NO_LEADER_CHANGE) return;
    const everyoneStays = this.#partition.replicas.every((id) => this.#replicas.includes(id));
    if (!everyoneStays) body.leader = this.#partition.leader;
  }

  #recordElr(body: Change): void {
    // An unclean election has set the ISR already: what was eligible before it no longer is.
    const isUnclean = body.isr !== null;
    if (isUnclean || !this.#options.elrEnabled) this.#elr = [];
    if (!isSame(this.#elr, this.#partition.elr)) body.eligibleLeaderReplicas = this.#elr;
  }

  /** The last leader is remembered when the ISR empties, and forgotten when there is a leader again. */
  #recordLastKnownLeader(body: Change): void {
    if (!this.#options.elrEnabled) return;
    const { leader, lastKnownElr } = this.#partition;
    const isrEmpties = body.isr !== null && body.isr.length === 0;
    const hasLeader = body.leader >= 0 || (leader !== NO_LEADER && body.leader !== NO_LEADER);
    if (isrEmpties && leader !== NO_LEADER && (lastKnownElr.length !== 1 || lastKnownElr[0] !== leader)) {
      body.lastKnownElr = [leader];
    } else if (!isrEmpties && hasLeader && lastKnownElr.length > 0) {
      body.lastKnownElr = [];
    }
  }
}

function clean(leader: NodeId): ElectionResult {
  return { leader, isUnclean: false };
}

function isSame(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

function isNoOp(body: Change): boolean {
  return (
    body.leader === NO_LEADER_CHANGE &&
    body.leaderRecoveryState === NO_RECOVERY_STATE_CHANGE &&
    body.isr === null &&
    body.replicas === null &&
    body.addingReplicas === null &&
    body.removingReplicas === null &&
    body.eligibleLeaderReplicas === null &&
    body.lastKnownElr === null
  );
}
