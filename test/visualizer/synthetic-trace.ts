// A made-up run for tests and for looking at the page: three controllers, three brokers, a producer and a group of
// two. The leader of orders-0 loses power with records nobody copied, comes back and truncates them; a network
// partition holds messages; an ISR shrinks and grows. It tells what such a run tells, event by event.

import type { HeaderLine, TraceEvent } from "../../visualizer/trace-types.js";

export interface SyntheticRun {
  readonly header: HeaderLine;
  readonly events: readonly TraceEvent[];
}

const PRODUCE = 0;
const FETCH = 1;
const VOTE = 52;
const HEARTBEAT = 63;
const CONTROLLERS = [101, 102, 103];
const BROKERS = [1, 2, 3];
const PRODUCER = 201;
const CONSUMERS = [202, 203];

/** Unstamped event: any of the union, fields unchecked, because a made-up run says only what the page reads. */
type Fact = { readonly type: TraceEvent["type"] } & Readonly<Record<string, unknown>>;

/** Writes events with growing seq and time. */
class Writer {
  readonly events: TraceEvent[] = [];
  atUs = 0;
  private messageId = 0;
  private seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** A small repeatable draw in [0, bound). */
  below(bound: number): number {
    this.seed = (Math.imul(this.seed, 1103515245) + 12345) & 0x7fffffff;
    return (this.seed >>> 8) % bound;
  }

  emit(node: number, cause: number, fact: Fact): number {
    const seq = this.events.length + 1;
    this.events.push({ seq, atUs: this.atUs, node, cause, ...fact } as unknown as TraceEvent);
    return seq;
  }

  send(from: number, to: number, apiKey: number, kind: "request" | "response", cause: number, body: unknown) {
    const id = ++this.messageId;
    const common = { id, connection: from * 1000 + to, from, to, apiKey, correlationId: id };
    const fact: Fact = { type: "message.sent", ...common, kind, apiVersion: 12, sizeBytes: 90 + this.below(900), body };
    return { common, to, seq: this.emit(from, cause, fact) };
  }

  /** A message from one node to another; returns the seq of its delivery. */
  message(from: number, to: number, apiKey: number, kind: "request" | "response", cause: number, body: unknown = {}) {
    const { common, seq } = this.send(from, to, apiKey, kind, cause, body);
    this.atUs += 250 + this.below(500);
    return this.emit(to, seq, { type: "message.delivered", ...common });
  }
}

interface Log {
  end: number;
  highWatermark: number;
}

/** The state the made-up story keeps about one partition. */
class Partition {
  leader: number;
  epoch = 0;
  partitionEpoch = 0;
  isr: number[] = [...BROKERS];
  readonly logs = new Map<number, Log>(BROKERS.map((id) => [id, { end: 0, highWatermark: 0 }]));
  readonly where: { readonly topic: string; readonly partition: number };
  private readonly writer: Writer;

  constructor(writer: Writer, topic: string, partition: number, leader: number) {
    this.writer = writer;
    this.where = { topic, partition };
    this.leader = leader;
  }

  change(reason: string, cause: number, activeController = 101): void {
    this.partitionEpoch += 1;
    const { leader, epoch: leaderEpoch, partitionEpoch, isr } = this;
    const state = { ...this.where, leader, leaderEpoch, partitionEpoch, replicas: BROKERS, isr: [...isr], elr: [] };
    this.writer.emit(activeController, cause, { type: "partition.changed", ...state, reason });
  }

  take(broker: number, cause: number): void {
    const log = this.logs.get(broker)!;
    const { epoch: leaderEpoch, partitionEpoch, leader, isr } = this;
    const common = { leaderEpoch, partitionEpoch, logEndOffset: log.end, highWatermark: log.highWatermark };
    const type = broker === leader ? "partition.became-leader" : "partition.became-follower";
    this.writer.emit(broker, cause, { type, ...this.where, ...common, leader, isr: [...isr] });
  }

  append(broker: number, count: number, cause: number, origin: "leader" | "follower"): void {
    const log = this.logs.get(broker)!;
    const baseOffset = log.end;
    log.end += count;
    const offsets = { baseOffset, lastOffset: log.end - 1, leaderEpoch: this.epoch };
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: baseOffset, isControl: false };
    const fact = { origin, ...offsets, crc: baseOffset * 31, sizeBytes: count * 100, ...producer };
    this.writer.emit(broker, cause, { type: "log.appended", ...this.where, ...fact });
  }

  advance(broker: number, highWatermark: number, cause: number): void {
    const log = this.logs.get(broker)!;
    if (highWatermark <= log.highWatermark) return;
    const role = broker === this.leader ? "leader" : "follower";
    const fact = { role, leaderEpoch: this.epoch, from: log.highWatermark, highWatermark };
    log.highWatermark = highWatermark;
    this.writer.emit(broker, cause, { type: "high-watermark.advanced", ...this.where, ...fact });
  }
}

/** The made-up run. `rounds` sets its length: some twenty-five events a round and partition. */
export function syntheticRun(rounds = 120, seed = 7): SyntheticRun {
  const writer = new Writer(seed);
  const partitions = [0, 1, 2].map((p) => new Partition(writer, "orders", p, BROKERS[p]!));
  const down = new Set<number>();
  startCluster(writer, partitions);
  for (let round = 0; round < rounds; round++) {
    const at = (part: number): boolean => round === Math.floor((rounds * part) / 12);
    if (at(2)) shrinkIsr(writer, partitions[1]!);
    if (at(3)) expandIsr(writer, partitions[1]!);
    if (at(4)) losePower(writer, partitions[0]!, partitions, down);
    if (at(6)) comeBack(writer, partitions, down);
    if (at(8)) cutController(writer);
    if (at(10)) rebalance(writer, 3, [CONSUMERS[0]!]);
    produceRound(writer, partitions, down, round);
    writer.atUs += 20_000 + writer.below(30_000);
  }
  writer.emit(-1, 0, { type: "note", text: "Every acknowledged record is still there." });
  return { header: headerOf(seed), events: writer.events };
}

/** The run as the text of a trace file. */
export function traceText({ header, events }: SyntheticRun): string {
  return [header, ...events].map((line) => JSON.stringify(line)).join("\n") + "\n";
}

function headerOf(seed: number): HeaderLine {
  const node = (id: number, name: string, role: "broker" | "controller" | "client", rack: string | null) => {
    return { id, name, role, rack };
  };
  const verdict = (checker: string, claim: string) => ({ checker, claim, violations: 0 });
  return {
    format: "samsa-trace",
    version: 1,
    seed,
    scenario: "leader-failover",
    nodes: [
      ...CONTROLLERS.map((id, i) => node(id, `controller-${i + 1}`, "controller", null)),
      ...BROKERS.map((id) => node(id, `broker-${id}`, "broker", `rack-${id}`)),
      node(PRODUCER, "producer", "client", null),
      ...CONSUMERS.map((id, i) => node(id, `consumer-${i + 1}`, "client", null)),
    ],
    digest: "9f3c21aa07be4410",
    verdicts: [
      verdict("acknowledged-records-survive", "A record the producer was told is stored is never lost."),
      verdict("replicas-agree", "Below the high watermark all replicas hold the same records."),
      verdict("one-leader-per-epoch", "In one leader epoch at most one broker acts as leader."),
    ],
  };
}

function startCluster(writer: Writer, partitions: readonly Partition[]): void {
  writer.emit(-1, 0, { type: "note", text: "A cluster of three brokers starts." });
  for (const id of [...CONTROLLERS, ...BROKERS, PRODUCER, ...CONSUMERS]) {
    writer.atUs += 1_000;
    writer.emit(id, 0, { type: "process.started", name: String(id), incarnation: 1 });
  }
  elect(writer, 101, 1);
  for (const id of BROKERS) {
    writer.atUs += 5_000;
    const cause = writer.message(id, 101, HEARTBEAT, "request", 0, { brokerId: id, wantFence: false });
    writer.emit(101, cause, { type: "broker.registered", brokerId: id, brokerEpoch: 10 + id });
    writer.emit(101, cause, { type: "broker.unfenced", brokerId: id, brokerEpoch: 10 + id });
  }
  for (const partition of partitions) {
    partition.change("created", 0);
    for (const id of BROKERS) partition.take(id, 0);
  }
  rebalance(writer, 1, CONSUMERS);
}

function elect(writer: Writer, leader: number, epoch: number): void {
  const transition = { type: "quorum.transitioned", epoch, leaderId: leader, votedId: leader } as const;
  const timer = writer.emit(leader, 0, { type: "timer.fired", name: "election" });
  writer.emit(leader, timer, { ...transition, from: "Follower", to: "Candidate", leaderId: -1 });
  let cause = timer;
  for (const voter of CONTROLLERS.filter((id) => id !== leader)) {
    cause = writer.message(leader, voter, VOTE, "request", timer, { clusterId: "samsa", topics: [] });
    writer.emit(voter, cause, {
      type: "quorum.vote-answered",
      candidate: leader,
      epoch,
      granted: true,
      preVote: false,
    });
    cause = writer.message(voter, leader, VOTE, "response", cause, { errorCode: 0, topics: [] });
    writer.emit(voter, cause, { ...transition, from: "Follower", to: "Follower" });
  }
  writer.emit(leader, cause, { ...transition, from: "Candidate", to: "Leader" });
  writer.emit(leader, cause, { type: "controller.activated", epoch });
}

/** One produce and what follows it, for every partition with a living leader. */
function produceRound(
  writer: Writer,
  partitions: readonly Partition[],
  down: ReadonlySet<number>,
  round: number,
): void {
  for (const partition of partitions) {
    const { leader, where } = partition;
    const recordId = round * 3 + where.partition;
    const sent = writer.emit(PRODUCER, 0, { type: "producer.send", recordId, ...where, valueHash: recordId });
    if (down.has(leader)) continue;
    const body = { acks: -1, timeoutMs: 30000, topicData: [{ name: where.topic, partitionData: [{ index: 0 }] }] };
    const cause = writer.message(PRODUCER, leader, PRODUCE, "request", sent, body);
    partition.append(leader, 1 + writer.below(4), cause, "leader");
    for (const follower of partition.isr.filter((id) => id !== leader && !down.has(id))) {
      const asked = writer.message(follower, leader, FETCH, "request", 0, { replicaId: follower, maxWaitMs: 500 });
      const got = writer.message(leader, follower, FETCH, "response", asked, { throttleTimeMs: 0, responses: [] });
      const missing = partition.logs.get(leader)!.end - partition.logs.get(follower)!.end;
      if (missing > 0) partition.append(follower, missing, got, "follower");
      partition.advance(follower, partition.logs.get(leader)!.highWatermark, got);
    }
    partition.advance(leader, Math.min(...partition.isr.map((id) => partition.logs.get(id)!.end)), cause);
    const answered = writer.message(leader, PRODUCER, PRODUCE, "response", cause, { responses: [] });
    const offset = partition.logs.get(leader)!.end - 1;
    const acknowledged = { recordId, ...where, offset, valueHash: recordId, acks: -1 };
    writer.emit(PRODUCER, answered, { type: "producer.acknowledged", ...acknowledged });
    consume(writer, partition, round);
  }
}

function consume(writer: Writer, partition: Partition, round: number): void {
  const { leader, where, epoch: leaderEpoch } = partition;
  const consumer = CONSUMERS[where.partition % 2]!;
  const asked = writer.message(consumer, leader, FETCH, "request", 0, { replicaId: -1, maxWaitMs: 500 });
  const got = writer.message(leader, consumer, FETCH, "response", asked, { throttleTimeMs: 0 });
  const offset = partition.logs.get(leader)!.highWatermark - 1;
  const delivered = { group: "billing", ...where, offset, leaderEpoch, valueHash: offset };
  writer.emit(consumer, got, { type: "consumer.delivered", ...delivered });
  if (round % 4 !== 0) return;
  const member = { generationId: 1, memberId: `consumer-${consumer}` };
  writer.emit(2, got, { type: "group.offset-committed", group: "billing", ...where, offset: offset + 1, ...member });
}

function shrinkIsr(writer: Writer, partition: Partition): void {
  const fault = { kind: "slow-disk", target: 3, factor: 50, extraMs: 100 };
  writer.emit(-1, 0, { type: "fault.injected", fault, nodes: [3], sentence: "The disk of broker-3 turns slow." });
  partition.isr = [1, 2];
  partition.change("isr-change", 0);
  const { epoch: leaderEpoch, partitionEpoch, where, isr } = partition;
  writer.emit(partition.leader, 0, { type: "isr.shrunk", ...where, leaderEpoch, partitionEpoch, isr: [...isr] });
}

function expandIsr(writer: Writer, partition: Partition): void {
  const fault = { kind: "slow-disk", target: 3, factor: 50, extraMs: 100 };
  writer.emit(-1, 0, { type: "fault.healed", fault, nodes: [3], sentence: "the disk of broker-3 is quick again" });
  const leader = partition.logs.get(partition.leader)!;
  partition.append(3, leader.end - partition.logs.get(3)!.end, 0, "follower");
  partition.advance(3, leader.highWatermark, 0);
  partition.isr = [1, 2, 3];
  partition.change("isr-change", 0);
}

/** The leader appends what no follower has, and loses power; another replica is elected. */
function losePower(writer: Writer, partition: Partition, all: readonly Partition[], down: Set<number>): void {
  const victim = partition.leader;
  writer.emit(-1, 0, { type: "note", text: "The leader of orders-0 appends records that nobody has copied yet…" });
  for (let i = 0; i < 3; i++) partition.append(victim, 2, 0, "leader");
  writer.atUs += 3_000;
  const fault = { kind: "power-loss", target: { role: "leader", topic: "orders", partition: 0 } };
  const sentence = "The leader of orders-0 loses power.";
  const cause = writer.emit(-1, 0, { type: "fault.injected", fault, nodes: [victim], sentence });
  writer.emit(victim, cause, { type: "process.crashed", how: "power-loss" });
  down.add(victim);
  writer.send(PRODUCER, victim, PRODUCE, "request", 0, {});
  writer.atUs += 450_000;
  const timer = writer.emit(101, 0, { type: "timer.fired", name: "broker-session" });
  writer.emit(101, timer, { type: "broker.fenced", brokerId: victim, brokerEpoch: 11 });
  for (const each of all) {
    each.isr = each.isr.filter((id) => id !== victim);
    const isElection = each.leader === victim;
    if (isElection) {
      each.leader = each.isr[0]!;
      each.epoch += 1;
    }
    each.change(isElection ? "clean-election" : "isr-change", timer);
    for (const id of each.isr) each.take(id, timer);
  }
}

function comeBack(writer: Writer, all: readonly Partition[], down: Set<number>): void {
  const [victim] = [...down];
  const fault = { kind: "power-loss", target: { role: "leader", topic: "orders", partition: 0 } };
  const sentence = "broker-1 has power again";
  const cause = writer.emit(-1, 0, { type: "fault.healed", fault, nodes: [victim!], sentence });
  writer.emit(victim!, cause, { type: "process.started", name: "broker-1", incarnation: 2 });
  down.delete(victim!);
  writer.atUs += 20_000;
  writer.emit(101, cause, { type: "broker.unfenced", brokerId: victim!, brokerEpoch: 30 });
  for (const partition of all) {
    const log = partition.logs.get(victim!)!;
    const opened = { logStartOffset: 0, logEndOffset: log.end, highWatermark: log.highWatermark, droppedBytes: 12 };
    writer.emit(victim!, cause, { type: "log.opened", ...partition.where, ...opened });
    partition.take(victim!, cause);
    writer.atUs += 15_000;
    const got = writer.message(partition.leader, victim!, FETCH, "response", cause, { divergingEpoch: { epoch: 0 } });
    const toOffset = log.highWatermark;
    if (log.end > toOffset) {
      writer.emit(victim!, got, { type: "log.truncated", ...partition.where, fromOffset: log.end, toOffset });
      log.end = toOffset;
    }
    const leader = partition.logs.get(partition.leader)!;
    writer.atUs += 30_000;
    partition.append(victim!, leader.end - log.end, got, "follower");
    partition.advance(victim!, leader.highWatermark, got);
    partition.isr = [...BROKERS];
    partition.change("isr-change", got);
  }
}

/** The active controller is cut off; its messages are held; another is elected; the network heals. */
function cutController(writer: Writer): void {
  const fault = { kind: "isolate", target: { role: "active-controller" }, direction: "both" };
  const sentence = "The active controller is cut off from everyone.";
  const cause = writer.emit(-1, 0, { type: "fault.injected", fault, nodes: [101], sentence });
  const held = BROKERS.map((id) => writer.send(id, 101, HEARTBEAT, "request", cause, { brokerId: id }));
  for (const { common, seq } of held) {
    const { id, connection, from, to } = common;
    writer.emit(from, seq, { type: "message.held", id, connection, from, to });
  }
  writer.atUs += 400_000;
  elect(writer, 102, 2);
  writer.atUs += 200_000;
  const healed = "the active controller is reachable again";
  writer.emit(-1, 0, { type: "fault.healed", fault, nodes: [101], sentence: healed });
  for (const { common, seq } of held) {
    const { id, connection, from, to } = common;
    writer.emit(from, seq, { type: "message.released", id, connection, from, to });
    writer.atUs += 300;
    writer.emit(to, seq, { type: "message.delivered", ...common });
  }
  writer.emit(101, 0, { type: "controller.resigned", epoch: 1 });
}

function rebalance(writer: Writer, generationId: number, consumers: readonly number[]): void {
  const members = consumers.map((id) => `consumer-${id}`);
  const transition = { type: "group.transitioned", group: "billing", generationId, members } as const;
  writer.emit(2, 0, { ...transition, from: "Empty", to: "PreparingRebalance", reason: "a member joined" });
  writer.atUs += 60_000;
  writer.emit(2, 0, { ...transition, from: "PreparingRebalance", to: "CompletingRebalance", reason: "all joined" });
  writer.atUs += 10_000;
  writer.emit(2, 0, { ...transition, from: "CompletingRebalance", to: "Stable", reason: "assignment received" });
  consumers.forEach((id, i) => {
    const partitions = [0, 1, 2].filter((p) => p % consumers.length === i).map((p) => `orders-${p}`);
    const assignment = { group: "billing", memberId: `consumer-${id}`, generationId, partitions };
    writer.emit(id, 0, { type: "consumer.assigned", ...assignment });
  });
}
