import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DeliveryModel,
  openWorld,
  readBack,
  RunStopped,
  worldCommands,
  type OpenWorld,
  type OpenWorldOptions,
  type ReceivedRecord,
  type World,
  type WorldCommand,
} from "samsa/testing";
import "samsa/testing/vitest";

/** What the model claims of a reader that received these values, each at the offset that is its index. */
function complaint(model: DeliveryModel, received: readonly (readonly [offset: number, value: string])[]): string {
  const failed: string[] = [];
  const world = { expect: (fact: string, holds: boolean) => !holds && failed.push(fact) } as unknown as World;
  const records = received.map(([offset, value]): ReceivedRecord => ({
    topic: "orders",
    partition: 0,
    offset,
    key: null,
    value,
    timestampMs: 0,
  }));
  model.expectDelivered(world, records);
  return failed[0] ?? "nothing";
}

/** Three records, of which the second never got an outcome. */
function threeSent(): DeliveryModel {
  const model = new DeliveryModel();
  for (const offset of [0, undefined, 2]) {
    const state = offset === undefined ? "pending" : "acknowledged";
    model.sent.push({
      value: model.nextValue,
      delivery: { state, topic: "orders", partition: 0, offset, error: undefined },
    });
  }
  return model;
}

describe("the model", () => {
  test("accepts what was sent, in order, whether the producer knows of it or not", () => {
    expect(complaint(threeSent(), [])).toBe("nothing");
    expect(complaint(threeSent(), [[0, "record 0"]])).toBe("nothing");
    const all = [
      [0, "record 0"],
      [1, "record 1"],
      [2, "record 2"],
    ] as const;
    expect(complaint(threeSent(), all)).toBe("nothing");
    expect(complaint(threeSent(), [all[0], all[2]])).toBe("nothing");
  });

  test.each([
    ["a record nobody sent", [[0, "record 9"]], '"record 9" at offset 0 of orders-0 was sent by somebody'],
    ["another record where one was acknowledged", [[0, "record 1"]], 'offset 0 of orders-0 holds "record 0"'],
    ["an acknowledged record left out", [[1, "record 1"]], '"record 0", acknowledged at 0 of orders-0, is not skipped'],
    [
      "a record before an earlier one",
      [
        [0, "record 0"],
        [1, "record 2"],
        [2, "record 1"],
      ],
      'offset 2 of orders-0 holds "record 2"',
    ],
    [
      "a record twice",
      [
        [0, "record 0"],
        [1, "record 0"],
      ],
      '"record 0" of orders-0 was sent after what is before it',
    ],
    [
      "an offset twice",
      [
        [0, "record 0"],
        [0, "record 0"],
      ],
      "orders-0 is read once and forwards: 0 comes after 0",
    ],
  ] as const)("refuses %s", (_, received, expected) => {
    expect(complaint(threeSent(), received)).toContain(expected);
  });
});

/** Runs the commands, then reads everything back. */
function play(commands: Iterable<WorldCommand>, options: OpenWorldOptions): OpenWorld {
  const [model, real] = [new DeliveryModel(), openWorld(options)];
  fc.modelRun(() => ({ model, real }), commands);
  readBack(model, real);
  return real;
}

/** The names of the commands that ran. */
function nameEach(commands: Iterable<WorldCommand> | undefined): readonly string[] {
  return String(commands)
    .split(",")
    .map((step) => step.replace(/ *\/\*.*/, ""));
}

describe("commands", () => {
  test("with a single copy, the loss of power loses records: found, and shrunk to a few commands", () => {
    const topics = [{ topic: "orders", partitions: 1, replicationFactor: 1 }];
    const commands = worldCommands({ damages: ["power-loss"], maxRunMs: 3000 });
    const { counterexample, errorInstance } = fc.check(
      fc.property(commands, (each) => void play(each, { topics })),
      { numRuns: 100 },
    );
    expect(errorInstance).toBeInstanceOf(RunStopped);
    const { message } = errorInstance as Error;
    expect(message).toMatch(/The run stopped: the scenario claims that .*"record \d+"/);
    expect(message).toContain("✗ acknowledged-records-survive");
    expect(message).toMatch(/broker-\d loses power/);
    const steps = nameEach(counterexample?.[0]);
    expect(steps.filter((step) => step.startsWith("power-loss"))).toHaveLength(1);
    expect(steps.length).toBeLessThanOrEqual(6);
  });

  test("KIP-101: followers that truncate to their high watermark are found, with a handful of commands", () => {
    const property = fc.property(worldCommands({ maxRunMs: 3000 }), fc.nat(), (each, seed) => {
      expect(play(each, { seed, bugs: ["truncate-to-high-watermark"] }).finish()).toHold();
    });
    const { counterexample, errorInstance } = fc.check(property, { numRuns: 100 });
    expect((errorInstance as Error).message).toMatch(/✗ (strong-isr|weak-isr|committed-never-lost|replicas-agree)/);
    expect(nameEach(counterexample?.[0]).length).toBeLessThanOrEqual(6);
  });

  test("a command of one's own plays with the words of a scenario, and may fail with the story", () => {
    const grows = {
      check: () => true,
      run: (_: DeliveryModel, real: OpenWorld) =>
        real.play((world) => world.request({ kind: "add-partitions", topic: "orders", count: 2 })),
      toString: () => "add a partition",
    };
    const impatient = {
      ...grows,
      run: (_: DeliveryModel, real: OpenWorld) => real.play((world) => world.expect("pigs fly", false)),
    };
    const drawn = fc.sample(worldCommands({ more: [fc.constant(grows)], maxCommands: 50 }), 20);
    expect(drawn.some((commands) => String(commands).length > 0)).toBe(true);
    expect(play([grows], {}).finish()).toHold();
    expect(() => play([impatient], {})).toThrow(/The run stopped: the scenario claims that pigs fly/);
  });

  test("a broker is damaged once, mended if it was damaged, and no more of them than is allowed", () => {
    const ran: string[] = [];
    for (const commands of fc.sample(worldCommands({ mostDamaged: 2, maxCommands: 40 }), 5)) {
      const model = new DeliveryModel();
      const real = openWorld();
      for (const command of commands) {
        if (!command.check(model)) continue;
        command.run(model, real);
        ran.push(String(command));
        expect(model.damaged.size).toBeLessThanOrEqual(2);
      }
    }
    expect(ran.some((command) => command.startsWith("mend"))).toBe(true);
    expect(ran).toContain("poll");
    expect(ran).toContain("move the leader");
  });

  test("the leader moves when it is told to", () => {
    const [model, real] = [new DeliveryModel(), openWorld()];
    const before = real.play((world) => world.leaderOf("orders", 0));
    const move = fc
      .sample(worldCommands({ maxCommands: 50 }), 20)
      .flatMap((commands) => [...commands])
      .find((command) => String(command) === "move the leader");
    move?.run(model, real);
    real.play((world) => world.run(2000));
    expect(real.play((world) => world.leaderOf("orders", 0))).not.toBe(before);
    expect(real.finish()).toHold();
  });
});

describe("an open world", () => {
  test("played step by step it is the run it would have been in one piece", () => {
    const digestOf = (pieces: number): string => {
      const real = openWorld({ seed: 5 });
      for (let piece = 0; piece < pieces; piece++) real.play((world) => world.run(1200 / pieces));
      return real.finish().digest;
    };
    expect(digestOf(4)).toBe(digestOf(1));
  });
});
