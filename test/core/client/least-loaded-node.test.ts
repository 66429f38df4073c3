// Whom a client asks what any broker can answer.

import { expect, test } from "vitest";
import { leastLoadedNode } from "../../../core/client/least-loaded-node.js";
import type { ConnectionState } from "../../../core/protocol/node-connection.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { ScriptedNetwork } from "./scripted-network.js";

interface Broker {
  readonly state: ConnectionState;
  readonly inFlight?: number;
  readonly lastAttemptMs?: number;
}

/** Ids chosen in 40 draws, without repetitions, among brokers numbered from 1. */
function chosen(...brokers: Broker[]): { ids: (number | undefined)[]; isAnyReady: boolean } {
  const env = new FakeEnvironment();
  const network = new (class extends ScriptedNetwork {
    override connectionState(id: number): ConnectionState {
      return brokers[id - 1]!.state;
    }
    override inFlightCount(id = 1): number {
      return brokers[id - 1]!.inFlight ?? 0;
    }
    override lastConnectAttemptMs(id = 1): number {
      return brokers[id - 1]!.lastAttemptMs ?? 0;
    }
  })();
  const nodes = brokers.map((_, index) => ({ id: index + 1, host: "b", port: 9092 }));
  const draws = Array.from({ length: 40 }, () => leastLoadedNode(network, nodes, env.random));
  const ids = [...new Set(draws.map(({ node }) => node?.id))].sort();
  return { ids, isAnyReady: draws[0]!.isAnyReady };
}

const CAN_CONNECT: Broker = { state: "can-connect" };

test("an open connection is preferred to a new one, however busy; among several the least busy, any of equals", () => {
  expect(chosen(CAN_CONNECT, { state: "ready", inFlight: 4 }, { state: "preparing" }).ids).toEqual([2]);
  expect(chosen({ state: "ready", inFlight: 2 }, { state: "ready", inFlight: 1 }, CAN_CONNECT).ids).toEqual([2]);
  expect(chosen({ state: "ready" }, { state: "ready" }, { state: "full" }).ids).toEqual([1, 2]);
});

test("a connection on its way is waited for before another is begun", () => {
  expect(chosen(CAN_CONNECT, { state: "preparing" }, { state: "full" })).toEqual({ ids: [2], isAnyReady: true });
});

test("of those without a connection the one that was tried longest ago", () => {
  const brokers = [30, 10, 20].map((lastAttemptMs) => ({ ...CAN_CONNECT, lastAttemptMs }));
  expect(chosen(...brokers)).toEqual({ ids: [2], isAnyReady: false });
});

test("nobody while all are held back or full", () => {
  const ids = [undefined];
  expect(chosen({ state: "backing-off" }, { state: "backing-off" })).toEqual({ ids, isAnyReady: false });
  expect(chosen({ state: "backing-off" }, { state: "full" })).toEqual({ ids, isAnyReady: true });
});
