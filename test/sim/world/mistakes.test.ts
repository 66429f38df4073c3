// What a scenario or a trial says that cannot be is refused in one sentence, before anything runs or where it is said.

import { describe, expect, test } from "vitest";
import { Mistake, openWorld, simulate } from "samsa/testing";
import type { Fault, Scenario, World } from "samsa/testing";

const plain: Scenario = {
  name: "plain",
  teaches: "",
  read: [],
  cluster: { brokers: 3, controllers: 1 },
  expect: "holds",
  run() {},
};

/** The scenario with what plain JavaScript may say. */
const saying = (part: Readonly<Record<string, unknown>>): Scenario => ({ ...plain, ...part });

const running = (run: (world: World) => void): Scenario => ({ ...plain, run });

/** The sentence in which it is refused. */
function refusal(act: () => unknown): string {
  let answer = "it was not refused";
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(Mistake);
    answer = (error as Error).message;
  }
  return answer;
}

describe("the cluster", () => {
  test.each([0, -1, 101, 3000, 2.5, "three", undefined])("%j brokers", (brokers) => {
    const sentence = `cluster.brokers takes a whole number from 1 to 100, not ${JSON.stringify(brokers)}`;
    const cluster = { brokers, controllers: 1 };
    expect(refusal(() => simulate(saying({ cluster })))).toBe(`scenario plain: ${sentence}`);
    expect(refusal(() => simulate({ cluster: cluster as Scenario["cluster"] }))).toBe(`this is no trial: ${sentence}`);
  });

  test.each([0, 901, "one"])("%j controllers", (controllers) => {
    const sentence = `cluster.controllers takes a whole number from 1 to 900, not ${JSON.stringify(controllers)}`;
    expect(refusal(() => simulate(saying({ cluster: { brokers: 3, controllers } })))).toBe(
      `scenario plain: ${sentence}`,
    );
  });

  test("a hundred brokers are a cluster, and one more is refused", () => {
    const answer = refusal(() =>
      simulate({ ...running((world) => void world.addBroker()), cluster: { brokers: 100, controllers: 1 } }),
    );
    expect(answer).toBe("a cluster has at most 100 brokers; add no more");
  });
});

test.each([-1, 1.5, NaN, "7", 2 ** 32])("the seed %j", (seed) => {
  const sentence = `seed takes a whole number from 0 to 4294967295, not ${typeof seed === "string" ? '"7"' : seed}`;
  expect(refusal(() => simulate(plain, { seed: seed as number }))).toBe(`scenario plain: ${sentence}`);
  expect(refusal(() => simulate(saying({ seed })))).toBe(`scenario plain: ${sentence}`);
  expect(refusal(() => simulate({ seed: seed as number }))).toBe(`this is no trial: ${sentence}`);
});

describe("what is expected", () => {
  test.each([
    ["maybe", /^scenario plain: expect is "holds" or \{ violates: .* \}, not "maybe"$/],
    [undefined, /^scenario plain: expect is "holds" or .*, not undefined$/],
    [{ violates: 3 }, /^scenario plain: expect is "holds" or .*, not \{"violates":3\}$/],
    [{ violates: ["commited-never-lost"] }, /^scenario plain: no claim .*; did you mean committed-never-lost/],
    [{ violates: "nosuch-claim" }, /^scenario plain: no claim is called "nosuch-claim"; there are acknowledged-/],
  ])("%j", (expected, sentence) => {
    expect(refusal(() => simulate(saying({ expect: expected })))).toMatch(sentence);
  });

  test("a bug that there is not", () => {
    expect(refusal(() => simulate(saying({ bugs: ["reuse-sequence"] })))).toMatch(
      /no historic bug is called "reuse-sequence"; did you mean reuse-sequences/,
    );
  });
});

describe("faults", () => {
  const meteor = { kind: "meteor", target: 1 } as unknown as Fault;

  test("a kind that does not exist, wherever it is said", () => {
    const sentence = /^no fault is called "meteor"/;
    expect(refusal(() => simulate(running((world) => void world.inject(meteor))))).toMatch(sentence);
    expect(refusal(() => simulate(running((world) => world.injectFor(5, meteor))))).toMatch(sentence);
    expect(refusal(() => simulate(running((world) => world.schedule([{ atMs: 5, fault: meteor }]))))).toMatch(sentence);
    expect(refusal(() => openWorld().damage(1, meteor))).toMatch(sentence);
    expect(refusal(() => simulate({ steps: [{ kind: "fault", atMs: 5, fault: meteor }] }))).toMatch(
      /^this is no trial: no fault is called "meteor"/,
    );
  });

  test("a broker that cannot exist, at once or when it is due", () => {
    const sentence = "no node has the id 17; brokers are 1 to 3, controllers 101";
    const fault = { kind: "crash", target: 17 } as const;
    expect(refusal(() => simulate(running((world) => void world.inject(fault))))).toBe(sentence);
    const later = running((world) => {
      world.schedule([{ atMs: 50, fault }]);
      world.run(100);
    });
    expect(refusal(() => simulate(later))).toBe(sentence);
  });

  test("a broker that has joined may be struck, and a role that nobody has strikes nobody", () => {
    const result = simulate(
      running((world) => {
        world.inject({ kind: "pause", target: world.addBroker() }).heal();
        world.inject({ kind: "crash", target: { role: "leader", topic: "orders", partition: 0 } });
      }),
    );
    expect(result).toMatchObject({ failure: undefined, ok: true });
  });
});

describe("a script that waits for promises", () => {
  const sentence = "is async; a script is synchronous: the world moves when it says world.run(…) or world.until(…)";

  test("fails, whatever it would have done", () => {
    const passing = running(async (world) => {
      await Promise.resolve();
      world.expect("nobody comes here", false);
    });
    expect(refusal(() => simulate(passing))).toBe(`the run of plain ${sentence}`);
  });

  test("a step of an open world fails alike", () => {
    expect(refusal(() => openWorld().play(async () => {}))).toBe(`a step of an open world ${sentence}`);
  });
});
