import { expect, test } from "vitest";
import { matchers, scenario, simulate } from "samsa/testing";
import "samsa/testing/vitest";

const plain = simulate({ load: { records: 5, everyMs: 20, keys: 0, valueBytes: 0 }, consumers: [] });
/** Both copies lose what they have not flushed. */
const lossy = simulate({
  topics: [{ topic: "orders", partitions: 1, replicationFactor: 2, assignment: [[1, 2]] }],
  consumers: [],
  steps: [
    { kind: "fault", atMs: 1500, fault: { kind: "power-loss", target: 1 } },
    { kind: "fault", atMs: 1500, fault: { kind: "power-loss", target: 2 } },
  ],
});
const stuck = simulate(
  scenario({
    name: "stuck",
    teaches: "Nothing comes of nothing.",
    read: [],
    cluster: { brokers: 3, controllers: 1 },
    expect: "holds",
    run: (world) => world.until("something happens", () => false, 100),
  }),
);

/** What the matcher says when it fails. */
function messageOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the assertion holds");
}

test("a run in which every claim held: toHold and toConverge pass, toViolate does not", () => {
  expect(plain).toHold();
  expect(plain).toHold("acknowledged-records-survive", "converges");
  expect(plain).toConverge();
  expect(plain).not.toViolate("acknowledged-records-survive");
  expect(messageOf(() => expect(plain).toViolate("no-duplicates"))).toContain("to be violated, and it held");
  expect(messageOf(() => expect(plain).not.toHold())).toContain("5 records sent, 5 acknowledged");
  expect(messageOf(() => expect(plain).not.toConverge())).toContain("not to come to rest");
});

test("a run that lost records: toHold fails for that claim alone, and tells claim, faults and how to replay it", () => {
  expect(lossy).toViolate("acknowledged-records-survive");
  expect(lossy).toViolate();
  expect(lossy).toHold("one-quorum-leader");
  expect(lossy).toConverge();
  expect(messageOf(() => expect(lossy).not.toViolate())).toContain("not to be violated");
  const message = messageOf(() => expect(lossy).toHold("acknowledged-records-survive"));
  expect(message).toMatch(
    /^expected acknowledged-records-survive to hold\n\n✗ acknowledged-records-survive: Every record/,
  );
  expect(message).toMatch(/\d+ acknowledged records are gone from orders-0/);
  expect(message).toMatch(
    /What led to it:\n.*orders-0 is created[^\n]*\n.*✗ Broker-1 loses power|broker-1 loses power/s,
  );
  expect(message.split("\n").at(-1)).toBe(JSON.stringify(lossy.trial));
});

test("a run that stopped half-way held nothing, and violated nothing", () => {
  expect(stuck).not.toHold();
  expect(stuck).not.toHold("acknowledged-records-survive");
  expect(stuck).not.toConverge();
  expect(stuck).not.toViolate();
  expect(messageOf(() => expect(stuck).toHold())).toContain(
    "The run stopped: not reached within 100 ms of simulated time: something happens",
  );
});

test("a name that is no claim is a mistake of the test", () => {
  expect(() => matchers.toHold(plain, "no-loss")).toThrow(
    '"no-loss" is no claim; there are acknowledged-records-survive',
  );
});
