// Live server: the simulated cluster behind real TCP ports, paced by the wall clock.
// The brokers' own network and disks stay simulated, so faults can be injected under real clients.

import type { ConfigOverrides } from "../../core/config/definition.js";
import type { Endpoint, NodeId } from "../../core/types.js";
import { EPOCH_MS } from "../process/local-clock.js";
import { SimulatedWorld } from "../world/simulated-world.js";
import type { TopicOptions, World } from "../world/world.js";
import { Pacer } from "./pacer.js";
import { TcpBridge } from "./tcp-bridge.js";

export interface ServerOptions {
  readonly brokers: number;
  readonly controllers: number;
  /** Port of the first broker; the others follow. 0: any free ports. */
  readonly port: number;
  /** Address to listen on and to tell clients; "127.0.0.1" unless told. */
  readonly host?: string;
  readonly seed?: number;
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
  close(): Promise<void>;
}

const BRIDGE_NODE = 900;

/**
 * Starts a cluster and serves it. Resolves when every port listens.
 * @throws an Error with `code: "EADDRINUSE"` if a port is taken
 */
export async function startServer(options: ServerOptions): Promise<LiveServer> {
  const host = options.host ?? "127.0.0.1";
  const world = new SimulatedWorld(
    {
      brokers: options.brokers,
      controllers: options.controllers,
      ...(options.config === undefined ? {} : { config: options.config }),
    },
    { seed: options.seed ?? 1 },
  );
  world.start();
  for (const { name, ...topic } of options.topics ?? []) world.createTopic(name, topic);
  const wallNowMs = EPOCH_MS + Math.floor(world.nowMs);
  for (const machine of world.cluster.machines) machine.clock.stepWall(Date.now() - wallNowMs);

  const peer = world.cluster.addExternal({ nodeId: BRIDGE_NODE, name: "clients" });
  world.run(1);
  const pacer = new Pacer(world.cluster.simulation, (error) => options.onFailure?.(error));
  const listeners = new Map<NodeId, Endpoint>();
  const bridges: TcpBridge[] = [];
  try {
    for (const [index, broker] of world.brokers.entries()) {
      const bridge = new TcpBridge({
        target: { host: world.nameOf(broker), port: 9092 },
        listeners,
        peer,
        pacer,
        onRequest: (api, clientId) => options.onRequest?.(broker, api, clientId),
      });
      bridges.push(bridge);
      const port = await bridge.listen(options.port === 0 ? 0 : options.port + index, host);
      listeners.set(broker, { host, port });
    }
  } catch (error) {
    pacer.stop();
    await Promise.all(bridges.map((bridge) => bridge.close().catch(() => {})));
    throw error;
  }
  return {
    endpoints: listeners,
    bootstrapServers: [...listeners.values()].map((endpoint) => `${endpoint.host}:${endpoint.port}`),
    act: (action) => pacer.act(() => action(world)),
    async close() {
      await Promise.all(bridges.map((bridge) => bridge.close()));
      pacer.stop();
    },
  };
}
