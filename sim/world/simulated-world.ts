// The world of a run: a cluster of simulated machines, and the words a script has for it.

import { parseConfig, type ConfigOverrides } from "../../core/config/definition.js";
import { BROKER_CONFIG } from "../../core/config/broker-config.js";
import { createBrokerNode } from "../../core/broker/broker-node.js";
import { createControllerNode } from "../../core/controller/controller-node.js";
import { assertDefined } from "../../core/assert.js";
import { bugSwitches } from "../../core/bugs.js";
import type { Environment } from "../../core/environment.js";
import type { Node } from "../../core/node.js";
import type { NodeEndpoint, NodeId, Offset, TopicPartition } from "../../core/types.js";
import type { Fault, ScheduledFault } from "../faults/fault.js";
import { FaultInjector } from "../faults/injector.js";
import { refuse } from "../mistake.js";
import { kafkaWireCodec } from "../network/kafka-wire-codec.js";
import { SimulatedCluster } from "../process/cluster.js";
import { AdminCalls } from "./admin-calls.js";
import { ClusterState } from "./cluster-state.js";
import { awaitConvergence } from "./convergence.js";
import { ExpectationFailed } from "./expectation.js";
import { ConsumerControl, ProducerControl } from "./handles.js";
import { holdMessages } from "./holds.js";
import { FIRST_CLIENT, FIRST_CONTROLLER, newBrokerProblem } from "./node-ids.js";
import { OCCASION_WORDS, Occasions, type Occasion } from "./occasions.js";
import { settingsOf } from "./small-cluster.js";
import type {
  AdminChange,
  ClusterOptions,
  ConsumerHandle,
  ConsumerOptions,
  Healing,
  Hold,
  MessageFilter,
  ProducerHandle,
  TopicOptions,
  World,
} from "./world.js";
import type { SimulatedWorldOptions } from "./world-options.js";

const BROKER_PORT = 9092;
const CONTROLLER_PORT = 9093;
const DEFAULT_WITHIN_MS = 60_000;
/** Simulated time for a healed cluster to converge: twice what the slowest default time-outs need together. */
const HEAL_WITHIN_MS = 180_000;
const CLUSTER_ID = "samsa-cluster-in-a-jarQ";

export class SimulatedWorld implements World {
  readonly seed: number;
  readonly cluster: SimulatedCluster;
  readonly state: ClusterState;
  readonly faults: FaultInjector;
  readonly #options: ClusterOptions;
  readonly #config: ConfigOverrides;
  readonly #settings: SimulatedWorldOptions;
  readonly #onProgress: ((nowMs: number) => void) | undefined;
  readonly #voters: readonly NodeEndpoint[];
  readonly #producers: ProducerControl[] = [];
  readonly #consumers: ConsumerControl[] = [];
  readonly #admin: AdminCalls;
  readonly #occasions: Occasions;
  #nextClient = FIRST_CLIENT;
  #nextBroker = 1;
  #nextReport = 0;

  constructor(options: ClusterOptions, settings: SimulatedWorldOptions) {
    const { seed, wire, freeze, onDraw, onProgress, latency, bugs = [], buggify = [], marks } = settings;
    this.seed = seed;
    this.#options = options;
    this.#config = settingsOf(options);
    this.#settings = settings;
    this.#onProgress = onProgress;
    this.cluster = new SimulatedCluster({
      seed,
      bugs: bugSwitches(bugs),
      buggify,
      network: { codec: wire === "encoded" ? kafkaWireCodec : undefined, freezeMessages: freeze ?? false, latency },
      ...(onDraw === undefined ? {} : { onDraw }),
      ...(marks === undefined ? {} : { marks }),
    });
    this.cluster.simulation.maxEvents = settings.maxEvents ?? Infinity;
    this.state = new ClusterState(this.cluster);
    this.faults = new FaultInjector(this.cluster, this.state);
    this.#occasions = new Occasions(this.cluster.simulation, this.cluster.recorder);
    this.#voters = Array.from({ length: options.controllers }, (_, index) => {
      const id = FIRST_CONTROLLER + index;
      return { id, host: `controller-${id}`, port: CONTROLLER_PORT };
    });
    for (const voter of this.#voters) this.#addController(voter);
    for (let index = 0; index < options.brokers; index++) this.#addBrokerMachine(this.#rackOf(index));
    this.#admin = new AdminCalls(this);
  }

  get brokers(): readonly NodeId[] {
    return this.state.brokers;
  }
  get controllers(): readonly NodeId[] {
    return this.state.controllers;
  }
  get nowMs(): number {
    return this.cluster.simulation.nowUs() / 1000;
  }

  /** A node's host name: "broker-1", or the name a client was given. */
  readonly nameOf = (node: NodeId): string =>
    this.cluster.has(node) ? this.cluster.machine(node).spec.name : `node ${node}`;

  /** Where clients begin. */
  get bootstrap(): ConfigOverrides {
    return { "bootstrap.servers": this.brokers.map((id) => `broker-${id}:${BROKER_PORT}`).join(",") };
  }

  // Life of the cluster

  /** Starts every machine and runs until all brokers serve. */
  start(): void {
    for (const id of [...this.controllers, ...this.brokers]) this.cluster.start(id);
    this.until("every broker is registered and unfenced", () => this.brokers.every((id) => this.isUnfenced(id)));
  }

  /** The end of a script: everything is healed and must converge. */
  finish(): void {
    this.heal();
  }

  heal(withinMs = HEAL_WITHIN_MS): void {
    this.#occasions.forget();
    this.faults.healAll();
    for (const id of [...this.controllers, ...this.brokers]) this.cluster.startIfDown(id);
    awaitConvergence(this, withinMs);
  }

  run(durationMs: number): void {
    this.#mayWait();
    this.cluster.simulation.runForMs(durationMs);
    this.#report();
  }

  until(goal: string, reached: () => boolean, withinMs = DEFAULT_WITHIN_MS): void {
    this.#mayWait();
    this.cluster.simulation.runUntil(goal, reached, withinMs);
    this.#report();
  }

  note(text: string): void {
    this.cluster.note(text);
  }

  expect(fact: string, holds: boolean): void {
    if (!holds) throw new ExpectationFailed(fact, this.seed, this.nowMs);
  }

  data<T>(): T {
    if (this.#settings.data === undefined)
      throw new ExpectationFailed("its data set was given to it", this.seed, this.nowMs);
    return this.#settings.data as T;
  }

  // Clients

  producer(name: string, config: ConfigOverrides = {}): ProducerHandle {
    const control = new ProducerControl(this, name, config);
    this.#producers.push(control);
    return control;
  }

  consumer(name: string, options: ConsumerOptions): ConsumerHandle {
    const control = new ConsumerControl(this, name, options);
    this.#consumers.push(control);
    return control;
  }

  /** The partitions these topics have now, as the brokers know them. */
  partitionsOf(topics: readonly string[]): readonly TopicPartition[] {
    const image = this.state.image();
    return topics.flatMap((topic) =>
      [...(image?.topics.get(topic)?.partitions.keys() ?? [])].map((partition) => ({ topic, partition })),
    );
  }

  /** Records without an outcome, of producers whose process lives. */
  get pendingSends(): readonly { readonly client: string; readonly count: number }[] {
    return this.#producers
      .filter(({ nodeId }) => this.cluster.isRunning(nodeId))
      .map(({ name, pendingCount }) => ({ client: name, count: pendingCount }));
  }

  /** Adds and starts a client process. */
  addClient(name: string, factory: (env: Environment) => Node): NodeId {
    const nodeId = this.#nextClient++;
    this.cluster.addMachine({ nodeId, name, role: "client", factory });
    this.cluster.start(nodeId);
    return nodeId;
  }

  runningNode(nodeId: NodeId): Node | undefined {
    return this.cluster.node(nodeId);
  }

  /** Runs `action` inside a client's process, as its application would. */
  inClient<N extends Node, T>(nodeId: NodeId, type: abstract new (...args: never[]) => N, action: (node: N) => T): T {
    this.expect(`${this.nameOf(nodeId)} is running when the script uses it`, this.cluster.isRunning(nodeId));
    if (this.cluster.node(nodeId) === undefined)
      this.until("the client has started", () => this.cluster.node(nodeId) !== undefined);
    const node = this.cluster.node(nodeId);
    this.expect(`${this.nameOf(nodeId)} is a ${type.name}`, node instanceof type);
    return this.cluster.invoke(nodeId, () => action(node as N));
  }

  stopClient(nodeId: NodeId): void {
    if (!this.cluster.isRunning(nodeId)) return;
    this.cluster.machine(nodeId).shutdown();
    this.until(`${this.nameOf(nodeId)} has stopped`, () => !this.cluster.isRunning(nodeId));
  }

  // Topics and partitions

  createTopic(topic: string, options: TopicOptions): void {
    this.#admin.createTopic(topic, options);
    this.until(`every live broker knows ${topic}`, () => this.#everyBrokerKnows(topic, options.partitions));
  }

  startReassignment(topic: string, partition: number, replicas: readonly NodeId[]): void {
    this.#admin.reassign(topic, partition, replicas);
  }

  reassign(topic: string, partition: number, replicas: readonly NodeId[]): void {
    this.startReassignment(topic, partition, replicas);
    const done = (): boolean => {
      const state = this.state.partition(topic, partition);
      return state?.addingReplicas.length === 0 && state.replicas.join() === replicas.join();
    };
    this.until(`${topic}-${partition} is on brokers ${replicas.join(", ")}`, done);
  }

  electPreferredLeaders(): void {
    this.#admin.electPreferredLeaders();
  }

  alterTopic(topic: string, config: ConfigOverrides): void {
    this.#admin.alterTopic(topic, config);
  }

  deleteRecords(topic: string, partition: number, beforeOffset: Offset): void {
    this.#admin.deleteRecords(topic, partition, beforeOffset);
  }

  request(change: AdminChange): void {
    this.#admin.request(change);
  }

  /** Are the topic's records flushed before anybody hears of them, from the first on? */
  flushesFirst(topic: string): boolean {
    return this.#admin.flushedFirst.has(topic);
  }

  // Faults

  inject(fault: Fault): Healing {
    return this.faults.inject(fault);
  }

  injectFor(durationMs: number, fault: Fault): void {
    const standing = this.faults.inject(fault);
    this.cluster.simulation.after(durationMs, () => standing.heal());
  }

  schedule(faults: readonly ScheduledFault[]): void {
    this.faults.schedule(faults);
  }

  restart(node: NodeId): void {
    const machine = this.cluster.machine(node);
    if (machine.isStopping) this.until(`${this.nameOf(node)} has stopped`, () => !machine.isRunning);
    if (!this.faults.healDown(node)) this.cluster.startIfDown(node);
  }

  resume(node: NodeId): void {
    this.cluster.machine(node).resume();
  }

  addBroker(options: { readonly rack?: string } = {}): NodeId {
    const id = this.#addBrokerMachine(options.rack ?? this.#rackOf(this.brokers.length));
    this.cluster.start(id);
    this.until(`broker ${id} is registered and unfenced`, () => this.isUnfenced(id));
    return id;
  }

  hold(filter: MessageFilter): Hold {
    return holdMessages(this, filter);
  }

  once(occasion: Occasion, action: () => void): void {
    this.expect(`"${occasion.event}" is a fact that can be waited for`, Object.hasOwn(OCCASION_WORDS, occasion.event));
    this.#occasions.once(occasion, action);
  }

  // Looking

  leaderOf(topic: string, partition: number): NodeId | undefined {
    return this.state.leaderOf(topic, partition);
  }
  leaderEpochOf(topic: string, partition: number): number {
    return this.state.partition(topic, partition)?.leaderEpoch ?? -1;
  }
  isrOf(topic: string, partition: number): readonly NodeId[] {
    return this.state.partition(topic, partition)?.isr ?? [];
  }
  replicasOf(topic: string, partition: number): readonly NodeId[] {
    return this.state.partition(topic, partition)?.replicas ?? [];
  }
  coordinatorOf(group: string): NodeId | undefined {
    return this.state.coordinatorOf(group);
  }
  activeController(): NodeId | undefined {
    return this.state.activeController();
  }
  highWatermarkOf(node: NodeId, topic: string, partition: number): Offset | undefined {
    return this.state.broker(node)?.localLog(topic, partition)?.highWatermark;
  }
  logEndOffsetOf(node: NodeId, topic: string, partition: number): Offset | undefined {
    return this.state.broker(node)?.localLog(topic, partition)?.logEndOffset;
  }

  hasRecordsFrom(node: NodeId, topic: string, partition: number, offset: Offset): boolean {
    return this.state.hasRecordsFrom(node, topic, partition, offset);
  }
  isUp(node: NodeId): boolean {
    return this.cluster.isRunning(node) && this.cluster.node(node) !== undefined;
  }
  isUnfenced(node: NodeId): boolean {
    return this.state.image()?.brokers.get(node)?.fenced === false;
  }

  // Inside

  #addController(voter: NodeEndpoint): void {
    const config = parseConfig(BROKER_CONFIG, this.#config);
    this.state.controllers.push(voter.id);
    this.cluster.addMachine({
      nodeId: voter.id,
      name: voter.host,
      role: "controller",
      factory: createControllerNode({
        nodeId: voter.id,
        clusterId: CLUSTER_ID,
        voters: this.#voters,
        endpoint: voter,
        config,
        tellsHighWatermarkAtOnce: this.#settings.promptMetadata ?? false,
      }),
    });
  }

  #addBrokerMachine(rack: string | undefined): NodeId {
    const id = this.#nextBroker++;
    refuse(newBrokerProblem(id));
    const name = `broker-${id}`;
    const overrides = { ...this.#config, ...(rack === undefined ? {} : { "broker.rack": rack }) };
    const factory = createBrokerNode({
      nodeId: id,
      clusterId: CLUSTER_ID,
      voters: this.#voters,
      listener: { host: name, port: BROKER_PORT },
      config: overrides,
    });
    this.cluster.addMachine({ nodeId: id, name, role: "broker", rack: rack ?? null, factory });
    this.state.brokers.push(id);
    return id;
  }

  #rackOf(index: number): string | undefined {
    const { racks } = this.#options;
    return racks === undefined || racks.length === 0
      ? undefined
      : assertDefined(racks[index % racks.length], "a rack is dealt");
  }

  #everyBrokerKnows(topic: string, partitions: number): boolean {
    return this.brokers.every((id) => {
      const image = this.state.broker(id)?.image;
      if (image === undefined || !this.isUnfenced(id)) return true;
      const known = image.topics.get(topic);
      return known?.partitions.size === partitions && [...known.partitions.values()].every(({ leader }) => leader >= 0);
    });
  }

  #mayWait(): void {
    this.expect("what is done at an occasion (world.once) waits for nothing", !this.#occasions.isActing);
  }

  #report(): void {
    if (this.#onProgress === undefined || this.nowMs < this.#nextReport) return;
    this.#nextReport = this.nowMs + 1000;
    this.#onProgress(this.nowMs);
  }
}
