// Small nodes and a small cluster for tests of the simulator: none of them knows Kafka.

import type { Connection, ConnectionHandler, Environment, Message, RequestMessage } from "../../core/environment.js";
import type { Node, NodeFactory } from "../../core/node.js";
import { SimulatedCluster, type ClusterOptions } from "../../sim/process/cluster.js";
import { FREE_PROCESS_COSTS, type ProcessCosts } from "../../sim/process/costs.js";

/** A request whose body names it. */
export function request(correlationId: number, apiKey = 3): RequestMessage {
  return { kind: "request", apiKey, apiVersion: 0, correlationId, clientId: null, body: { text: `r${correlationId}` } };
}

/** Listens on port 9092, remembers what happened to it, and can be told what to do. */
export class Peer implements Node {
  readonly env: Environment;
  readonly seen: string[];
  readonly accepted: Connection[] = [];
  onMessage: ((connection: Connection, message: Message) => void) | undefined;

  constructor(env: Environment, seen: string[]) {
    this.env = env;
    this.seen = seen;
  }

  start(): void {
    const host = `n${this.env.nodeId}`;
    this.env.network.listen({ host, port: 9092 }, (connection) => {
      this.seen.push("accepted");
      this.accepted.push(connection);
      return this.handler(connection);
    });
  }

  shutdown(onStopped: () => void): void {
    this.seen.push("shutdown");
    onStopped();
  }

  dial(host: string): Connection {
    const holder: { connection?: Connection } = {};
    const connection = this.env.network.connect({ host, port: 9092 }, {
      onOpen: () => this.seen.push("opened"),
      onMessage: (message) => this.receive(holder.connection as Connection, message),
      onClose: () => this.seen.push("closed"),
    } satisfies ConnectionHandlerLike);
    holder.connection = connection;
    return connection;
  }

  private handler(connection: Connection): ConnectionHandler {
    return {
      onOpen: () => {},
      onMessage: (message) => this.receive(connection, message),
      onClose: () => {
        this.seen.push("closed");
      },
    };
  }

  private receive(connection: Connection, message: Message): void {
    this.seen.push(`${message.correlationId}`);
    this.onMessage?.(connection, message);
  }
}

type ConnectionHandlerLike = { [K in keyof ConnectionHandler]: (...args: Parameters<ConnectionHandler[K]>) => unknown };

export interface Rig {
  readonly cluster: SimulatedCluster;
  /** The peer that runs now on a node. */
  peer(nodeId: number): Peer;
  /** What ever happened to the peers of a node, over all restarts. */
  seen(nodeId: number): string[];
  run(ms: number): void;
}

/** `count` peers, numbered from 1, started; free of costs unless given. */
export function rig(
  count: number,
  options: Partial<ClusterOptions> = {},
  costs: ProcessCosts = FREE_PROCESS_COSTS,
): Rig {
  const cluster = new SimulatedCluster({ seed: 1, costs, ...options });
  const seen = new Map<number, string[]>();
  for (let nodeId = 1; nodeId <= count; nodeId++) {
    const log: string[] = [];
    seen.set(nodeId, log);
    const factory: NodeFactory = (env) => new Peer(env, log);
    cluster.addMachine({ nodeId, name: `n${nodeId}`, role: "broker", factory });
    cluster.start(nodeId);
  }
  return {
    cluster,
    peer: (nodeId) => cluster.node(nodeId) as Peer,
    seen: (nodeId) => seen.get(nodeId) as string[],
    run: (ms) => cluster.simulation.runForMs(ms),
  };
}

/** Dials from one peer to another and waits until the connection stands. */
export function connected(world: Rig, from: number, to: number): Connection {
  const connection = world.cluster.invoke(from, () => world.peer(from).dial(`n${to}`));
  world.run(20);
  return connection;
}
