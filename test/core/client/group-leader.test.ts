// The leader of a group and the metadata it assigns from.

import { expect, test } from "vitest";
import { decodeAssignment, encodeSubscription } from "../../../core/coordinator/consumer-protocol.js";
import { Errors } from "../../../core/errors.js";
import { answerGroup, world, type World } from "./consumer-world.js";
import { answerBasics, type FakeTopic, run } from "./scripted-network.js";

interface Group extends World {
  readonly returns: FakeTopic;
  /** Called once, when the coordinator has decided about the join and before the consumer hears of it. */
  beforeJoined: () => void;
}

/** The consumer subscribes to `orders` and leads a group whose other member, "other", subscribes to `returns`. */
function lead(overrides = {}): Group {
  const returns = { name: "returns", leaders: [1, 2], leaderEpoch: 0 };
  const beforeJoined = (): void => {};
  const all = { ...world({ "group.id": "g", "enable.auto.commit": false, ...overrides }), returns, beforeJoined };
  answerBasics(all.network, [all.topic, returns]);
  answerGroup(all.network);
  const metadata = encodeSubscription({
    topics: ["returns"],
    userData: null,
    ownedPartitions: [],
    generationId: -1,
    rackId: null,
  });
  let generationId = 0;
  all.network.on("JoinGroup", (body) => {
    if (body.memberId === "") return { errorCode: Errors.MEMBER_ID_REQUIRED, memberId: "member-1" };
    generationId += 1;
    const { memberId } = body;
    const { name: protocolName, metadata: own } = body.protocols[0]!;
    const members = [
      { memberId, metadata: own },
      { memberId: "other", metadata },
    ];
    const { beforeJoined } = all;
    all.beforeJoined = () => {};
    beforeJoined();
    return { generationId, protocolName, leader: memberId, memberId, members };
  });
  all.consumer.subscribe(["orders"]);
  return all;
}

/** Answers the SyncGroup that was held back, and later ones at once. */
function answerSync({ network }: World): void {
  const held = network.last("SyncGroup");
  network.on("SyncGroup", (body) => ({ assignment: body.assignments[0]!.assignment }));
  held.answer({ assignment: held.body.assignments[0].assignment });
}

function assignedTo(world: World, memberId: string, at = -1): number {
  const sync = world.network.requests("SyncGroup").at(at);
  const entry = sync?.body.assignments.find((candidate: { memberId: string }) => candidate.memberId === memberId);
  return entry === undefined ? -1 : decodeAssignment(entry.assignment).length;
}

test("the leader waits for the metadata of a topic that only another member reads", () => {
  const group = lead();
  group.consume(1000);
  expect(group.network.requests("SyncGroup")).toHaveLength(1);
  expect(assignedTo(group, "other")).toBe(2);
});

test("the leader does not wait for a topic that does not exist, and assigns it when it appears", () => {
  const group = lead({ "metadata.max.age.ms": 1000 });
  answerBasics(group.network, [group.topic]);
  group.consume(1000);
  expect([assignedTo(group, "member-1"), assignedTo(group, "other")]).toEqual([1, 0]);
  answerBasics(group.network, [group.topic, group.returns]);
  group.consume(2000);
  expect(assignedTo(group, "other")).toBe(2);
});

test("partitions that appear while the group synchronizes are assigned in a rebalance of their own", () => {
  const group = lead({ "metadata.max.age.ms": 3000 });
  group.network.on("SyncGroup", () => "hold");
  group.consume(1000);
  group.returns.leaders = [1, 2, 3];
  run(group.env, group.network, 3000);
  answerSync(group);
  group.consume(500);
  expect([assignedTo(group, "other", 0), assignedTo(group, "other")]).toEqual([2, 3]);
});

test("a leader that subscribes to another topic while it joins learns of that topic, too", () => {
  const group = lead();
  answerBasics(group.network, [group.topic, group.returns, { name: "more", leaders: [1], leaderEpoch: 0 }]);
  group.beforeJoined = () => group.consumer.subscribe(["more"]);
  group.consume(3000);
  expect(group.consumer.assignment).toEqual([{ topic: "more", partition: 0 }]);
});

test("subscribing anew to the same topics is no rebalance, and the leader keeps watching those of the others", () => {
  const group = lead({ "metadata.max.age.ms": 1000 });
  group.consume(1000);
  const joins = group.network.requests("JoinGroup").length;
  group.consumer.subscribe(["orders"]);
  group.consume(3000);
  group.consumer.subscribe(["orders", "returns"]);
  group.consumer.subscribe(["orders"]);
  group.consume(3000);
  expect(group.network.requests("JoinGroup")).toHaveLength(joins);
  group.consumer.subscribe(["returns"]);
  group.consume(1000);
  expect(group.network.requests("JoinGroup")).toHaveLength(joins + 1);
});
