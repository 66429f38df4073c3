// Network port: what one process sees of the network. Gone with the process: calls made later do nothing.

import type { Connection, ConnectionHandler, Listener, Network } from "../../core/environment.js";
import type { Endpoint } from "../../core/types.js";
import { assert } from "../../core/assert.js";
import type { Process } from "../process/process.js";
import type { ConnectionEnd, PortOwner } from "./connection.js";
import type { NetworkHost } from "./network-host.js";
import type { SimulatedNetwork } from "./network.js";

export class NetworkPort implements Network, PortOwner {
  readonly process: Process;
  readonly connections = new Set<ConnectionEnd>();
  private readonly network: SimulatedNetwork;
  private readonly host: NetworkHost;

  constructor(process: Process, network: SimulatedNetwork, host: NetworkHost) {
    this.process = process;
    this.network = network;
    this.host = host;
    process.onEnd.push((machineHasPower) => network.endProcess(this, host, machineHasPower));
  }

  connect(endpoint: Endpoint, handler: ConnectionHandler): Connection {
    assert(this.process.alive, "only a living process dials");
    const end = this.network.dial(this, this.host, endpoint);
    end.handler = handler;
    return end;
  }

  listen(endpoint: Endpoint, onAccept: (connection: Connection) => ConnectionHandler): Listener {
    if (!this.process.alive) return { close: () => {} };
    assert(endpoint.host === this.host.name, "a node listens on its own host name");
    assert(!this.host.listeners.has(endpoint.port), "a port is listened on once");
    const { listeners } = this.host;
    const listener = { owner: this, onAccept };
    listeners.set(endpoint.port, listener);
    // By then another process may listen there.
    return { close: () => void (listeners.get(endpoint.port) === listener && listeners.delete(endpoint.port)) };
  }
}
