// Coverage on a few events made by hand, and on a small run: who received what under which trouble, and which rare
// branches were taken.

import { describe, expect, test } from "vitest";
import { apiKeyOf, type ApiName } from "../../../core/protocol/apis.js";
import { Coverage } from "../../../sim/coverage/coverage.js";
import { situationOf, STATES, TROUBLES } from "../../../sim/coverage/situation.js";
import { scenario } from "../../../sim/index.js";
import { simulate } from "../../../sim/run.js";
import type { TraceEvent, UnstampedEvent } from "../../../sim/trace/format.js";

/** Brokers are 1 to 9, controllers from 100 on, clients from 1000 on. */
const coverage = () => new Coverage((node) => (node < 100 ? "broker" : node < 1000 ? "controller" : "client"));

/** What a run of these events reached, in words. */
function situations(events: readonly (UnstampedEvent & { readonly node?: number })[]): readonly string[] {
  const listener = coverage();
  for (const event of events) listener.onEvent({ seq: 1, atUs: 0, cause: 0, node: 0, ...event } as TraceEvent);
  return listener.all.pairs.map((pair) => {
    const { state, message, trouble } = situationOf(pair)!;
    return `${message} → ${state}${trouble === undefined ? "" : `, ${trouble}`}`;
  });
}

const opened = (connection: number, from: number, to: number) =>
  ({ type: "connection.opened", connection, from, to }) as const;

const delivered = (api: ApiName, connection: number, from: number, to: number) =>
  ({ type: "message.delivered", id: 1, connection, from, to, apiKey: apiKeyOf(api), correlationId: 1 }) as const;

const crash = { fault: { kind: "crash", target: 2 }, nodes: [2], sentence: "" } as const;

const brokerIs = (to: string) => ({ type: "broker.state-changed", node: 1, from: "", to }) as const;

describe("a pair is the receiver's state, the message and each trouble that stands", () => {
  test("what comes from the dialler is a request, what goes back a response", () => {
    const reached = situations([
      opened(7, 1000, 1),
      delivered("Produce", 7, 1000, 1),
      delivered("Produce", 7, 1, 1000),
    ]);
    expect(reached).toEqual(["Produce request → a starting broker", "Produce response → a client"]);
  });

  test("a broker starts, reads, serves, is fenced, serves again, stops; a new process starts", () => {
    const fetch = delivered("Fetch", 7, 2, 1);
    const told = { brokerId: 1, brokerEpoch: 5, node: 101 };
    const reached = situations([
      opened(7, 2, 1),
      brokerIs("RECOVERY"),
      fetch,
      { type: "broker.unfenced", ...told } as const,
      fetch,
      brokerIs("RUNNING"),
      { type: "broker.fenced", ...told } as const,
      fetch,
      { type: "broker.unfenced", ...told } as const,
      fetch,
      brokerIs("PENDING_CONTROLLED_SHUTDOWN"),
      { type: "broker.fenced", ...told } as const,
      fetch,
    ]);
    expect(reached).toEqual([
      "Fetch request → a broker that reads its logs",
      "Fetch request → a serving broker",
      "Fetch request → a fenced broker",
      "Fetch request → a stopping broker",
    ]);
    const restart = { type: "process.started", name: "broker-1", incarnation: 2, node: 1 } as const;
    expect(situations([opened(7, 2, 1), brokerIs("RUNNING"), restart, fetch])).toEqual([
      "Fetch request → a starting broker",
    ]);
  });

  test("controllers are what they are in the quorum; brokers, which only observe it, stay brokers", () => {
    const becomes = (node: number, to: string) =>
      ({ type: "quorum.transitioned", node, from: "", to, epoch: 1, leaderId: 101, votedId: -1 }) as const;
    const reached = situations([
      opened(7, 102, 101),
      becomes(101, "Leader"),
      delivered("Fetch", 7, 102, 101),
      becomes(102, "Candidate"),
      delivered("Vote", 7, 101, 102),
      becomes(1, "Follower"),
      opened(8, 102, 1),
      delivered("Fetch", 8, 102, 1),
    ]);
    expect(reached).toEqual([
      "Fetch request → a starting broker",
      "Vote response → a candidate",
      "Fetch request → the leader of the quorum",
    ]);
  });

  test("troubles stand from the strike to the healing, each as long as one of its kind does", () => {
    const fetch = delivered("Fetch", 7, 2, 1);
    const pause = { fault: { kind: "pause", target: 3 }, nodes: [3], sentence: "" } as const;
    const twice = [
      { type: "fault.injected", ...crash } as const,
      { type: "fault.injected", ...crash } as const,
      { type: "fault.healed", ...crash } as const,
    ];
    expect(situations([opened(7, 2, 1), ...twice, fetch])).toEqual(["Fetch request → a starting broker, crash"]);
    expect(
      situations([
        opened(7, 2, 1),
        ...twice,
        { type: "fault.injected", ...pause },
        fetch,
        { type: "fault.healed", ...crash },
      ]),
    ).toEqual(["Fetch request → a starting broker, pause", "Fetch request → a starting broker, crash"]);
    expect(situations([opened(7, 2, 1), ...twice, { type: "fault.healed", ...crash }, fetch])).toEqual([
      "Fetch request → a starting broker",
    ]);
  });

  test("a fault that struck nobody is none; messages that are held back are a trouble until the last is let go", () => {
    const fetch = delivered("Fetch", 7, 2, 1);
    const held = (type: "message.held" | "message.released", id: number) =>
      ({ type, id, connection: 9, from: 2, to: 3 }) as const;
    const nobody = { type: "fault.injected", ...crash, nodes: [] } as const;
    const both = [held("message.held", 4), held("message.held", 5), held("message.released", 4)];
    expect(situations([opened(7, 2, 1), nobody, ...both, fetch])).toEqual([
      "Fetch request → a starting broker, held-messages",
    ]);
    expect(situations([opened(7, 2, 1), ...both, held("message.released", 5), fetch])).toEqual([
      "Fetch request → a starting broker",
    ]);
  });
});

test("every state and trouble has a number of its own, and numbers that mean nothing are told", () => {
  expect(new Set(STATES).size).toBe(STATES.length);
  expect(new Set(TROUBLES).size).toBe(TROUBLES.length);
  expect(situationOf(10_000_000)).toBeUndefined();
});

describe("a small run", () => {
  const shop = scenario({
    name: "small-shop",
    teaches: "A leader that crashes is followed by another.",
    read: [],
    seed: 3,
    cluster: { brokers: 3, controllers: 1 },
    expect: "holds",
    run(world) {
      world.createTopic("orders", {
        partitions: 1,
        replicationFactor: 3,
        config: { "min.insync.replicas": 3 },
      });
      const producer = world.producer("shop", { acks: "all" });
      for (let order = 0; order < 20; order++) {
        producer.send("orders", { value: `order ${order}` });
        world.run(50);
      }
      const fault = world.inject({ kind: "crash", target: { role: "leader", topic: "orders", partition: 0 } });
      for (let order = 20; order < 40; order++) {
        producer.send("orders", { value: `order ${order}` });
        world.run(500);
      }
      fault.heal();
      world.run(10_000);
    },
  });
  const { reached, digest } = simulate(shop, { coverage: true });
  const words = reached!.pairs.map((pair) => Object.values(situationOf(pair)!).join(" | "));

  test("reaches what it must, and not what it cannot", () => {
    expect(words).toContain("a serving broker | Produce request | ");
    expect(words).toContain("a serving broker | Fetch request | crash");
    expect(words).toContain("a client | Produce response | crash");
    expect(words).toContain("the leader of the quorum | BrokerHeartbeat request | crash");
    expect(words.filter((each) => /Vote|candidate|JoinGroup|power-loss|pause/.test(each))).toEqual([]);
    expect(reached!.marks).toContain("too-few-replicas");
    expect(reached!.marks).toContain("eligible-replica-restarted-uncleanly");
    expect(reached!.marks).not.toContain("elected-uncleanly");
  });

  test("is the same run with and without, watched or not; without, nothing is told", () => {
    const without = simulate(shop);
    expect(without.digest).toBe(digest);
    expect(without.reached).toBeUndefined();
    const unwatched = simulate(shop, { coverage: true, checkers: false });
    expect(unwatched.digest).toBe(digest);
    expect(unwatched.reached).toEqual(reached);
  });
});
