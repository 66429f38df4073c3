// Live server: the simulated cluster behind real TCP ports, paced by the wall clock.
// The brokers' own network and disks stay simulated, so faults can be injected under real clients.

import type { ConfigOverrides } from "../../core/config/definition.js";
import type { Endpoint, NodeId } from "../../core/types.js";
import type { LatencyTables } from "../network/latency.js";
import { EPOCH_MS } from "../process/local-clock.js";
import { SimulatedWorld } from "../world/simulated-world.js";
import type { TopicOptions, World } from "../world/world.js";
import { Pacer } from "./pacer.js";
import { BROKER_PORT, describeStatus } from "./status.js";
import { TcpBridge } from "./tcp-bridge.js";

export interface ServerOptions {
  readonly brokers: number;
  readonly controllers: number;
  /** Port of the first broker; the others follow. 0: any free ports. */
  readonly port: number;
  /** Address to listen on; "127.0.0.1", which only this machine can reach, unless told. */
  readonly host?: string;
  /** The name or address that clients are told (`advertised.listeners`); the host unless told. */
  readonly advertisedHost?: string;
  readonly seed?: number;
  /** Settings of every broker and controller, beside those of a broker as it comes out of the box. */
  readonly config?: ConfigOverrides;
  readonly topics?: readonly ({ readonly name: string } & TopicOptions)[];
  readonly onRequest?: (broker: NodeId, api: string, clientId: string | null) => void;
  /** Told when the simulation itself failed: a bug, after which nothing is served. */
  readonly onFailure?: (error: unknown) => void;
}

/** A running server. */
export interface LiveServer {
  readonly endpoints: ReadonlyMap<NodeId, Endpoint>;
  readonly bootstrapServers: readonly string[];
  /** Acts on the cluster at the present moment. Do not wait inside: time is the wall clock's. */
  act(action: (world: World) => void): void;
  /** One line for people: who controls, and how each broker does. */
  status(): string;
  close(): Promise<void>;
}

const BRIDGE_NODE = 900;

/**
 * Machines next to each other; the way to the clients is a real one, so little is added to it. But it stays the
 * longer one: a topic that was just created is known to every broker before its creator can ask for it.
 */
const LIVE_LATENCY: LatencyTables = {
  loopback: [15, 18, 20, 22, 25, 30],
  "same-rack": [15, 18, 20, 22, 25, 30],
  "other-rack": [15, 18, 20, 22, 25, 30],
  client: [95, 100, 105],
};

/**
 * Starts a cluster and serves it. Resolves when every port listens.
 * @throws an Error with `code: "EADDRINUSE"` if a port is taken, "EADDRNOTAVAIL" or "ENOTFOUND" if the host is not
 *   this machine's
 */
export async function startServer(options: ServerOptions): Promise<LiveServer> {
  const host = options.host ?? "127.0.0.1";
  const advertisedHost = options.advertisedHost ?? host;
  const world = startWorld(options);
  const { cluster } = world;
  const peer = cluster.addExternal({ nodeId: BRIDGE_NODE, name: advertisedHost });
  world.run(1);
  const listeners = new Map<NodeId, Endpoint>();
  const bridges = new Map<NodeId, TcpBridge>();
  const pacer = new Pacer(cluster.simulation, {
    onSlice() {
      for (const [broker, bridge] of bridges) {
        const { networkHost } = cluster.machine(broker).parts;
        bridge.setOpen(!networkHost.hasPower || networkHost.listeners.has(BROKER_PORT));
      }
    },
    onFailure: (error) => options.onFailure?.(error),
  });
  const close = async (): Promise<void> => {
    pacer.stop();
    await Promise.all([...bridges.values()].map((bridge) => bridge.close()));
  };
  try {
    for (const [index, broker] of world.brokers.entries()) {
      const bridge = new TcpBridge(host, {
        target: { host: world.nameOf(broker), port: BROKER_PORT },
        listeners,
        peer,
        pacer,
        onRequest: (api, clientId) => options.onRequest?.(broker, api, clientId),
      });
      const port = await bridge.listen(options.port === 0 ? 0 : options.port + index);
      bridges.set(broker, bridge);
      listeners.set(broker, { host: advertisedHost, port });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    endpoints: listeners,
    bootstrapServers: [...listeners.values()].map((endpoint) => `${bracketed(endpoint.host)}:${endpoint.port}`),
    act: (action) => pacer.act(() => action(world)),
    status: () => describeStatus(world),
    close,
  };
}

/** An IPv6 address stands in brackets before a port. */
function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function startWorld(options: ServerOptions): SimulatedWorld {
  const replicationFactor = Math.min(3, options.brokers);
  const world = new SimulatedWorld(
    {
      brokers: options.brokers,
      controllers: options.controllers,
      config: {
        "offsets.topic.replication.factor": replicationFactor,
        "default.replication.factor": replicationFactor,
        // As in the properties file that ships with Kafka: whoever tries it out should not wait for a group.
        "group.initial.rebalance.delay.ms": 0,
        ...options.config,
      },
    },
    // KafkaJS asks for a topic right after creating it and takes "unknown" for an answer.
    { seed: options.seed ?? 1, latency: LIVE_LATENCY, promptMetadata: true },
  );
  world.start();
  for (const { name, ...topic } of options.topics ?? []) world.createTopic(name, topic);
  const wallNowMs = EPOCH_MS + Math.floor(world.nowMs);
  for (const machine of world.cluster.machines) machine.clock.stepWall(Date.now() - wallNowMs);
  return world;
}
