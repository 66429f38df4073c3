import { expect, test } from "vitest";
import { alterPartition } from "../../../core/controller/alter-partition.js";
import { ControllerState } from "../../../core/controller/controller-state.js";
import { Errors } from "../../../core/errors.js";
import { MetadataImage } from "../../../core/metadata/metadata-image.js";
import { APIS } from "../../../core/protocol/apis.js";
import { metadataRecord } from "../../../core/protocol/messages/metadata-records.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { brokerConfig } from "../raft/quorum-cluster.js";

const TOPIC_ID = "AAAAAAAAAAAAAAAAAAAABQ";

/** Brokers 1 to 4 with epochs 101 to 104; 3 is fenced, 4 shutting down. orders-0 on 1, 2, 3, 4 led by 1. */
function state(): ControllerState {
  const image = new MetadataImage();
  for (const brokerId of [1, 2, 3, 4]) {
    image.replay(
      metadataRecord("RegisterBrokerRecord", {
        brokerId,
        brokerEpoch: 100 + brokerId,
        endPoints: [{ name: "PLAINTEXT", host: `b${brokerId}`, port: 9092 }],
        fenced: brokerId === 3,
        inControlledShutdown: brokerId === 4,
        rack: null,
      }),
    );
  }
  image.replay(metadataRecord("TopicRecord", { name: "orders", topicId: TOPIC_ID }));
  image.replay(
    metadataRecord("PartitionRecord", {
      topicId: TOPIC_ID,
      partitionId: 0,
      replicas: [1, 2, 3, 4],
      isr: [1],
      leader: 1,
      leaderEpoch: 5,
      partitionEpoch: 7,
    }),
  );
  return new ControllerState(new FakeEnvironment(), brokerConfig(), image);
}

interface Proposal {
  readonly senderId?: number;
  readonly topicId?: string;
  readonly partitionIndex?: number;
  readonly leaderEpoch?: number;
  readonly partitionEpoch?: number;
  readonly leaderRecoveryState?: number;
  readonly isr?: readonly [id: number, epoch: number][];
}

function propose(proposal: Proposal) {
  const body = APIS.AlterPartition.request.create({
    brokerId: proposal.senderId ?? 1,
    brokerEpoch: 101,
    topics: [
      {
        topicId: proposal.topicId ?? TOPIC_ID,
        partitions: [
          {
            partitionIndex: proposal.partitionIndex ?? 0,
            leaderEpoch: proposal.leaderEpoch ?? 5,
            partitionEpoch: proposal.partitionEpoch ?? 7,
            leaderRecoveryState: proposal.leaderRecoveryState ?? 0,
            newIsrWithEpochs: (
              proposal.isr ?? [
                [1, 101],
                [2, 102],
              ]
            ).map(([brokerId, brokerEpoch]) => ({
              brokerId,
              brokerEpoch,
            })),
          },
        ],
      },
    ],
  });
  const result = alterPartition(state(), body, 3);
  return { partition: result.response.topics[0]!.partitions[0]!, records: result.records };
}

test.each<[string, Proposal, number]>([
  ["unknown topic id", { topicId: "AAAAAAAAAAAAAAAAAAAABg" }, Errors.UNKNOWN_TOPIC_ID],
  ["unknown partition", { partitionIndex: 9 }, Errors.UNKNOWN_TOPIC_OR_PARTITION],
  ["leader epoch ahead: this controller is stale (KAFKA-14154)", { leaderEpoch: 6 }, Errors.NOT_CONTROLLER],
  ["partition epoch ahead: this controller is stale", { partitionEpoch: 8 }, Errors.NOT_CONTROLLER],
  ["partition epoch ahead wins over leader epoch behind", { leaderEpoch: 4, partitionEpoch: 8 }, Errors.NOT_CONTROLLER],
  ["leader epoch behind", { leaderEpoch: 4 }, Errors.FENCED_LEADER_EPOCH],
  ["sender is not the leader", { senderId: 2 }, Errors.INVALID_REQUEST],
  ["partition epoch behind", { partitionEpoch: 6 }, Errors.INVALID_UPDATE_VERSION],
  [
    "ISR outside the replicas",
    {
      isr: [
        [1, 101],
        [5, 105],
      ],
    },
    Errors.INVALID_REQUEST,
  ],
  ["ISR without the leader", { isr: [[2, 102]] }, Errors.INVALID_REQUEST],
  ["recovering with two members", { leaderRecoveryState: 1 }, Errors.INVALID_REQUEST],
  ["from recovered back to recovering", { leaderRecoveryState: 1, isr: [[1, 101]] }, Errors.INVALID_REQUEST],
  [
    "fenced member",
    {
      isr: [
        [1, 101],
        [3, 103],
      ],
    },
    Errors.INELIGIBLE_REPLICA,
  ],
  [
    "member shutting down (KIP-841)",
    {
      isr: [
        [1, 101],
        [4, 104],
      ],
    },
    Errors.INELIGIBLE_REPLICA,
  ],
  [
    "member's earlier incarnation (KIP-903)",
    {
      isr: [
        [1, 101],
        [2, 99],
      ],
    },
    Errors.INELIGIBLE_REPLICA,
  ],
  [
    "member of unknown incarnation",
    {
      isr: [
        [1, 101],
        [2, -1],
      ],
    },
    Errors.NONE,
  ],
])("AlterPartition check: %s", (_name, proposal, error) => {
  const { partition, records } = propose(proposal);
  expect(partition.errorCode).toBe(error);
  expect(records.length).toBe(error === Errors.NONE ? 1 : 0);
});

test("AlterPartition: success answers the state as it will be", () => {
  expect(propose({}).partition).toMatchObject({ isr: [1, 2], leaderId: 1, leaderEpoch: 5, partitionEpoch: 8 });
});

test("AlterPartition: a proposal that changes nothing is answered with the state as it is", () => {
  const { partition, records } = propose({ isr: [[1, 101]] });
  expect(records).toEqual([]);
  expect(partition).toMatchObject({ errorCode: Errors.NONE, isr: [1], partitionEpoch: 7 });
});
