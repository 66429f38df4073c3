// Elections of partition leaders: when a broker goes or comes, on request, and in the background.
// All are the same step, a new target ISR handed to the partition-change builder; they differ in which partitions
// they look at and in who counts as able to lead.

import { Errors, type ErrorCode } from "../errors.js";
import type { PartitionRegistration, TopicImage } from "../metadata/registrations.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { metadataRecord, type MetadataRecord } from "../protocol/messages/metadata-records.js";
import { NO_LEADER, type NodeId } from "../types.js";
import type { ControllerResult, ControllerState } from "./controller-state.js";
import { errorResponse } from "./not-controller.js";

/** `BrokerRegistrationChangeRecord.fenced`. */
const FENCE = 1;
const UNFENCE = -1;
/** `ElectLeadersRequest.electionType`. */
const PREFERRED_ELECTION = 0;
const UNCLEAN_ELECTION = 1;
/** Elections one background pass makes at the most; the rest follows in the next. */
const MAX_ELECTIONS_PER_PASS = 1000;

interface BrokerTransition {
  /** Leaves every ISR and leads nothing. */
  readonly removed?: NodeId;
  /** May lead although the image does not say so yet. */
  readonly added?: NodeId;
  /** Leaves every ISR and ELR: its log may have lost what was not flushed. */
  readonly uncleanShutdown?: NodeId;
}

export class LeaderElections {
  readonly #state: ControllerState;

  constructor(state: ControllerState) {
    this.#state = state;
  }

  /** Records that fence a broker: its partitions go to others first, in the same batch. */
  fenceRecords(brokerId: NodeId): MetadataRecord[] {
    const brokerEpoch = this.#state.image.brokers.get(brokerId)!.epoch;
    const records = this.#moveAway({ removed: brokerId }, (row) => row.isr.includes(brokerId));
    records.push(metadataRecord("BrokerRegistrationChangeRecord", { brokerId, brokerEpoch, fenced: FENCE }));
    return records;
  }

  /** Records that unfence a broker; partitions without a leader get it if it may lead them. */
  unfenceRecords(brokerId: NodeId): MetadataRecord[] {
    const brokerEpoch = this.#state.image.brokers.get(brokerId)!.epoch;
    return [
      metadataRecord("BrokerRegistrationChangeRecord", { brokerId, brokerEpoch, fenced: UNFENCE }),
      ...this.#moveAway({ added: brokerId }, (row) => row.leader === NO_LEADER),
    ];
  }

  controlledShutdownRecords(brokerId: NodeId): MetadataRecord[] {
    const { epoch: brokerEpoch, inControlledShutdown } = this.#state.image.brokers.get(brokerId)!;
    const records: MetadataRecord[] = [];
    if (!inControlledShutdown) {
      records.push(
        metadataRecord("BrokerRegistrationChangeRecord", { brokerId, brokerEpoch, inControlledShutdown: 1 }),
      );
    }
    records.push(...this.#moveAway({ removed: brokerId }, (row) => row.isr.includes(brokerId)));
    return records;
  }

  /**
   * Records before a new incarnation of a broker is registered. With ELR, one that did not shut down cleanly loses
   * its place in every ISR and ELR; otherwise it is treated as fenced.
   */
  newIncarnationRecords(brokerId: NodeId, wasCleanShutdown: boolean): MetadataRecord[] {
    if (this.#state.elrEnabled && !wasCleanShutdown) {
      const isAffected = (row: PartitionRegistration): boolean =>
        row.isr.includes(brokerId) || row.elr.includes(brokerId);
      return this.#moveAway({ uncleanShutdown: brokerId }, isAffected);
    }
    return this.#moveAway({ removed: brokerId }, (row) => row.isr.includes(brokerId));
  }

  unregisterRecords(brokerId: NodeId): MetadataRecord[] {
    const brokerEpoch = this.#state.image.brokers.get(brokerId)!.epoch;
    const isAffected = (row: PartitionRegistration): boolean =>
      row.isr.includes(brokerId) || row.elr.includes(brokerId);
    const records = this.#moveAway({ removed: brokerId }, isAffected);
    records.push(metadataRecord("UnregisterBrokerRecord", { brokerId, brokerEpoch }));
    return records;
  }

  #moveAway(transition: BrokerTransition, isAffected: (row: PartitionRegistration) => boolean): MetadataRecord[] {
    const { removed, added, uncleanShutdown } = transition;
    const isAcceptableLeader = (id: NodeId): boolean =>
      id !== removed && id !== uncleanShutdown && (id === added || this.#state.image.isActive(id));
    const records: MetadataRecord[] = [];
    this.#state.forEachPartition((topic, partitionId, row) => {
      if (!isAffected(row)) return;
      const record = this.#state.change(topic, partitionId, row, {
        isAcceptableLeader,
        election: this.#state.uncleanElectionEnabled(topic.name) ? "UNCLEAN" : "ONLINE",
        targetIsr: row.isr.filter((id) => id !== removed && id !== uncleanShutdown),
        ...(uncleanShutdown === undefined ? {} : { uncleanShutdownReplicas: [uncleanShutdown] }),
      });
      if (record !== undefined) records.push(record);
    });
    return records;
  }

  electLeaders(body: RequestBody<"ElectLeaders">): ControllerResult<ResponseBody<"ElectLeaders">> {
    const records: MetadataRecord[] = [];
    if (body.electionType !== PREFERRED_ELECTION && body.electionType !== UNCLEAN_ELECTION) {
      return { records, response: errorResponse("ElectLeaders", body, Errors.INVALID_REQUEST) };
    }
    const wanted =
      body.topicPartitions ??
      this.#state.image.sortedTopics().map((topic) => ({
        topic: topic.name,
        partitions: [...topic.partitions.keys()].sort((a, b) => a - b),
      }));
    const replicaElectionResults = wanted.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions
        .map((partitionId) => ({
          partitionId,
          errorCode: this.#electOne(topic, partitionId, body.electionType, records),
          errorMessage: null,
        }))
        // Asked for all, only those are named for which there was something to do.
        .filter(({ errorCode }) => body.topicPartitions !== null || errorCode !== Errors.ELECTION_NOT_NEEDED),
    }));
    return { records, response: { throttleTimeMs: 0, errorCode: Errors.NONE, replicaElectionResults } };
  }

  #electOne(topicName: string, partitionId: number, electionType: number, records: MetadataRecord[]): ErrorCode {
    const topic = this.#state.image.topics.get(topicName);
    const row = topic?.partitions.get(partitionId);
    if (topic === undefined || row === undefined) return Errors.UNKNOWN_TOPIC_OR_PARTITION;
    const isPreferred = electionType === PREFERRED_ELECTION;
    const isNeeded = isPreferred ? row.leader !== row.replicas[0] : row.leader === NO_LEADER;
    if (!isNeeded) return Errors.ELECTION_NOT_NEEDED;
    const election = isPreferred ? "PREFERRED" : "UNCLEAN";
    const record = this.#state.change(topic, partitionId, row, { election });
    if (record === undefined) {
      return isPreferred ? Errors.PREFERRED_LEADER_NOT_AVAILABLE : Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE;
    }
    records.push(record);
    return Errors.NONE;
  }

  /** Moves leadership back to preferred replicas, so that a restarted broker gets its share again. */
  preferredElections(): MetadataRecord[] {
    const isImbalanced = (row: PartitionRegistration): boolean => row.leader !== row.replicas[0];
    return this.#backgroundPass(isImbalanced, () => "PREFERRED");
  }

  /** Gives leaderless partitions a leader wherever the topic allows an unclean one. */
  uncleanElections(): MetadataRecord[] {
    const isLeaderless = (row: PartitionRegistration): boolean => row.leader === NO_LEADER;
    return this.#backgroundPass(isLeaderless, (topic) =>
      this.#state.uncleanElectionEnabled(topic.name) ? "UNCLEAN" : undefined,
    );
  }

  #backgroundPass(
    isDue: (row: PartitionRegistration) => boolean,
    electionFor: (topic: TopicImage) => "PREFERRED" | "UNCLEAN" | undefined,
  ): MetadataRecord[] {
    const records: MetadataRecord[] = [];
    this.#state.forEachPartition((topic, partitionId, row) => {
      if (records.length >= MAX_ELECTIONS_PER_PASS || !isDue(row)) return;
      const election = electionFor(topic);
      if (election === undefined) return;
      const record = this.#state.change(topic, partitionId, row, { election });
      if (record !== undefined) records.push(record);
    });
    return records;
  }
}
