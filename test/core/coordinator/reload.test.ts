// Whatever happened, a coordinator that loads the log knows what the one before it had told anybody.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import type { ResponseBody } from "../../../core/protocol/apis.js";
import { GROUP, GroupHarness } from "./group-harness.js";

const PARTITIONS = [0, 1, 2];

type Operation =
  | { readonly kind: "commit"; readonly partition: number; readonly offset: number; readonly simple: boolean }
  | { readonly kind: "join" | "leave"; readonly member: number }
  | { readonly kind: "settle" | "replicate" }
  | { readonly kind: "advance"; readonly ms: number }
  | { readonly kind: "refuse"; readonly refuse: boolean };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant("commit" as const),
    partition: fc.constantFrom(...PARTITIONS),
    offset: fc.nat(100),
    simple: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom("join" as const, "leave" as const), member: fc.nat(2) }),
  fc.record({ kind: fc.constantFrom("settle" as const, "replicate" as const) }),
  fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(100, 3_000, 11_000, 61_000, 700_000) }),
  fc.record({ kind: fc.constant("refuse" as const), refuse: fc.boolean() }),
);

class Client {
  readonly #harness: GroupHarness;
  readonly #groupInstanceId: string | null;
  #id = "";
  #replies: ResponseBody<"JoinGroup">[] = [];

  constructor(harness: GroupHarness, groupInstanceId: string | null) {
    this.#harness = harness;
    this.#groupInstanceId = groupInstanceId;
  }

  get generation(): number {
    return this.#replies.at(-1)?.generationId ?? -1;
  }

  get id(): string {
    return this.#replies.at(-1)?.memberId ?? this.#id;
  }

  join(): void {
    this.#id = this.id;
    const request = { memberId: this.#id, groupInstanceId: this.#groupInstanceId };
    this.#replies = this.#harness.join(request);
    const errorCode = this.#replies[0]?.errorCode;
    if (errorCode === Errors.MEMBER_ID_REQUIRED) this.join();
    // Gone meanwhile: the next join begins anew.
    if (errorCode === Errors.UNKNOWN_MEMBER_ID || errorCode === Errors.FENCED_INSTANCE_ID) {
      this.#replies = [];
      this.#id = "";
    }
  }

  sync(): void {
    const assignments = [{ memberId: this.id, assignment: Uint8Array.of(this.generation) }];
    this.#harness.sync(this.id, this.generation, assignments);
  }
}

function run(harness: GroupHarness, clients: readonly Client[], step: Operation): void {
  switch (step.kind) {
    case "commit": {
      const partitions = [{ partitionIndex: step.partition, committedOffset: step.offset, committedMetadata: "" }];
      const { id, generation } = clients[step.partition]!;
      const owner = step.simple ? {} : { memberId: id, generationIdOrMemberEpoch: generation };
      harness.commit(0, { ...owner, topics: [{ name: "orders", partitions }] });
      return;
    }
    case "join":
      return clients[step.member]!.join();
    case "leave":
      harness.leave([{ memberId: clients[step.member]!.id }]);
      return;
    case "settle":
      for (const client of clients) client.join();
      harness.env.advance(9_500);
      for (const client of clients) client.sync();
      return;
    case "advance":
      return harness.env.advance(step.ms);
    case "replicate":
      return harness.replicate();
    case "refuse":
      harness.partition.refuseWith = step.refuse ? Errors.NOT_ENOUGH_REPLICAS : Errors.NONE;
  }
}

/** What clients can see: the group if it is settled, and its committed offsets. */
function image(harness: GroupHarness): { readonly offsets: string; readonly group: string } {
  let group = "";
  harness.coordinator.describeGroup(GROUP, 5, (described) => {
    const isSettled = described.groupState === "Stable";
    group = isSettled ? JSON.stringify(described) : described.groupState;
  });
  let offsets = "";
  harness.coordinator.fetchOffsets({ groupId: GROUP, topics: null }, false, (fetched) => {
    offsets = JSON.stringify(fetched.topics);
  });
  return { offsets, group };
}

test("random operations, then replay of the log: the same offsets, and the same group if it was settled", () => {
  let settled = 0;
  const property = fc.property(fc.array(operation, { minLength: 5, maxLength: 60 }), fc.boolean(), (steps, auto) => {
    const harness = new GroupHarness({ "offsets.retention.minutes": 20 });
    harness.autoReplicate = auto;
    const clients = PARTITIONS.map((partition) => new Client(harness, partition === 2 ? "static" : null));
    for (const step of steps) run(harness, clients, step);
    harness.replicate();
    const before = image(harness);
    harness.elect();
    const after = image(harness);
    expect(after.offsets).toBe(before.offsets);
    if (before.group.startsWith("{")) {
      settled += 1;
      expect(after.group).toBe(before.group);
    }
    // A group unknown before is unknown after: what was never stored was never told.
    if (before.group === "Dead") expect(after.group).toBe("Dead");
  });
  fc.assert(property, { numRuns: 300, seed: 7 });
  expect(settled).toBeGreaterThan(10);
});

test("a stable group survives its coordinator: same generation, members and assignment; sessions begin anew", () => {
  const harness = new GroupHarness();
  const { leader, follower } = harness.stableGroup();
  harness.env.advance(8_000);
  harness.elect();
  harness.env.advance(8_000);
  expect(harness.heartbeat(leader, 1)).toBe(Errors.NONE);
  expect(harness.sync(follower, 1)[0]!.assignment).toEqual(Uint8Array.of(2));
  harness.env.advance(10_000);
  expect(harness.heartbeat(leader, 1)).not.toBe(Errors.NONE);
});

test("a generation whose assignment was not stored is unknown to the next coordinator", () => {
  const harness = new GroupHarness();
  const first = harness.joinAsNew();
  harness.env.advance(6_000);
  expect(first.responses[0]!.generationId).toBe(1);
  harness.elect();
  expect(harness.heartbeat(first.memberId, 1)).toBe(Errors.UNKNOWN_MEMBER_ID);
});
