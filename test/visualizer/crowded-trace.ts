// A made-up run with as many nodes as the stage has to find room for: five controllers, nine brokers, twelve clients,
// some of them paused, crashed or fenced, and messages that wait on many links.

import type { SyntheticRun } from "./synthetic-trace.js";
import type { TraceEvent } from "../../visualizer/trace-types.js";

const CONTROLLERS = [101, 102, 103, 104, 105];
const BROKERS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const CLIENTS = [201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212];
const REPLICAS = 3;
const PARTITIONS = 18;
const ROUNDS = 40;

type Fact = { readonly type: TraceEvent["type"] } & Readonly<Record<string, unknown>>;

/** The crowded run: everything happens to some node somewhere. */
export function crowdedRun(): SyntheticRun {
  const events: TraceEvent[] = [];
  let atUs = 0;
  let messageId = 0;
  const emit = (node: number, fact: Fact): void => {
    events.push({ seq: events.length + 1, atUs, node, cause: 0, ...fact } as unknown as TraceEvent);
  };
  for (const id of [...CONTROLLERS, ...BROKERS, ...CLIENTS]) emit(id, { type: "process.started", incarnation: 1 });
  for (const id of CONTROLLERS) {
    const to = id === 105 ? "Leader" : "Follower";
    emit(id, { type: "quorum.transitioned", from: "Unattached", to, epoch: 12, leaderId: 105, votedId: 105 });
  }
  emit(105, { type: "controller.activated", epoch: 12 });
  for (const brokerId of BROKERS) emit(105, { type: "broker.unfenced", brokerId, brokerEpoch: 100 + brokerId });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const replicas = Array.from({ length: REPLICAS }, (_, i) => BROKERS[(partition + i) % BROKERS.length]!);
    const where = { topic: "orders", partition, leader: replicas[0], leaderEpoch: 0, partitionEpoch: 1 };
    emit(105, { type: "partition.changed", ...where, replicas, isr: replicas, elr: [], reason: "created" });
  }
  for (let round = 0; round < ROUNDS; round++) {
    if (round === 10) emit(2, { type: "process.paused" });
    if (round === 12) emit(3, { type: "process.crashed", how: "crash" });
    if (round === 14) emit(105, { type: "broker.fenced", brokerId: 3, brokerEpoch: 103 });
    if (round === 15) emit(105, { type: "broker.fenced", brokerId: 4, brokerEpoch: 104 });
    if (round === 16) emit(103, { type: "process.paused" });
    if (round === 18) emit(212, { type: "process.stopped" });
    speak(round);
    atUs += 25_000;
  }

  /** Every client speaks to a broker, every broker to the active controller; every third message is held. */
  function speak(round: number): void {
    CLIENTS.forEach((client, i) => {
      const partition = (i + round) % PARTITIONS;
      const record = { topic: "orders", partition, offset: round, recordId: round, valueHash: round };
      if (i % 2 === 0) {
        for (let n = 0; n < 100; n++) emit(client, { type: "producer.send", ...record });
        for (let n = 0; n < 90; n++) emit(client, { type: "producer.acknowledged", ...record, acks: -1 });
      } else emit(client, { type: "consumer.delivered", group: "billing", ...record, leaderEpoch: 0 });
      message(client, BROKERS[partition % BROKERS.length]!, i % 2, i % 3 === 0);
    });
    BROKERS.forEach((broker, i) => message(broker, 105, 63, i % 2 === 0));
    BROKERS.forEach((broker, i) => message(broker, BROKERS[(i + 1 + (round % 8)) % BROKERS.length]!, 1, i % 2 === 1));
  }

  function message(from: number, to: number, apiKey: number, isHeld: boolean): void {
    const id = ++messageId;
    const common = { id, connection: from * 1000 + to, from, to, apiKey, correlationId: id };
    emit(from, { type: "message.sent", ...common, kind: "request", apiVersion: 12, sizeBytes: 120, body: {} });
    atUs += 300;
    if (isHeld) emit(from, { type: "message.held", id, connection: common.connection, from, to });
    else emit(to, { type: "message.delivered", ...common });
  }

  const nodes = [
    ...CONTROLLERS.map((id) => ({ id, name: `controller-${id}`, role: "controller" as const, rack: null })),
    ...BROKERS.map((id) => ({ id, name: `broker-${id}`, role: "broker" as const, rack: `rack-${id % 3}` })),
    ...CLIENTS.map((id, i) => ({ id, name: `client-${i + 1}`, role: "client" as const, rack: null })),
  ];
  const header = { format: "samsa-trace", version: 1, seed: 1, scenario: "crowd", nodes, digest: "", verdicts: [] };
  return { header: header as SyntheticRun["header"], events };
}
