// The least loaded node: whom a client asks what any broker can answer.
// An open connection is worth more than a new one, and one on its way more than a further attempt: a client that
// asked any broker would come to hold a connection to each, and would wait for those that are down.

import type { Random } from "../environment.js";
import type { NodeEndpoint } from "../types.js";
import type { ClientNetwork } from "./client-network.js";

export interface LeastLoadedNode {
  /** Undefined if every node is held back or carries as many requests as it may. */
  readonly node: NodeEndpoint | undefined;
  /** False if not one connection is open (KIP-899). */
  readonly isAnyReady: boolean;
}

/**
 * Of those that can be sent to the one with the fewest requests in flight, from a random one on; else one that is being
 * connected; else the one whose last attempt is the longest ago.
 */
export function leastLoadedNode(
  network: ClientNetwork,
  nodes: readonly NodeEndpoint[],
  random: Random,
): LeastLoadedNode {
  let ready: NodeEndpoint | undefined;
  let preparing: NodeEndpoint | undefined;
  let idle: NodeEndpoint | undefined;
  let isAnyReady = false;
  let fewest = Number.MAX_SAFE_INTEGER;
  const start = nodes.length === 0 ? 0 : random.below(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[(start + i) % nodes.length]!;
    const state = network.connectionState(node.id);
    if (state === "ready" || state === "full") isAnyReady = true;
    if (state === "ready") {
      const inFlight = network.inFlightCount(node.id);
      if (inFlight < fewest) {
        fewest = inFlight;
        ready = node;
      }
    } else if (state === "preparing") preparing = node;
    else if (state === "can-connect" && (idle === undefined || isOlder(network, node, idle))) idle = node;
  }
  return { node: ready ?? preparing ?? idle, isAnyReady };
}

function isOlder(network: ClientNetwork, a: NodeEndpoint, b: NodeEndpoint): boolean {
  return network.lastConnectAttemptMs(a.id) < network.lastConnectAttemptMs(b.id);
}
