// A cluster in which everything unlikely may happen still keeps every promise.

import { describe, expect, test } from "vitest";
import { PLACE_NAMES, type PlaceName } from "../../core/buggify.js";
import { scenario } from "../../sim/index.js";
import { simulate } from "../../sim/run.js";

/** A coordinator that moves, and enough records, time and leaders for every place to be passed often. */
const busyShop = scenario({
  name: "busy-shop",
  teaches: "What is unlikely is not forbidden.",
  read: ["core/buggify.ts"],
  seed: 2,
  cluster: { brokers: 3, controllers: 3, config: { "offsets.topic.num.partitions": 3 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 3, replicationFactor: 3, config: { "min.insync.replicas": 2 } });
    const shop = world.producer("shop", { acks: "all", "linger.ms": 20 });
    const worker = world.consumer("worker", {
      group: "billing",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest", "auto.commit.interval.ms": 500 },
    });
    const send = (from: number): void => {
      for (let second = 0; second < 10; second++) {
        for (let order = 0; order < 30; order++) shop.send("orders", { value: `order ${from + second * 30 + order}` });
        world.run(1000);
      }
    };
    send(0);
    const coordinator = world.coordinatorOf("billing")!;
    world.note("The group's coordinator restarts; the others take over its work.");
    world.inject({ kind: "crash", target: coordinator });
    send(300);
    world.heal();
    send(600);
    shop.flush();
    world.until(
      "every order is handled",
      () => new Set(worker.received.map(({ value }) => value)).size === 900,
      120_000,
    );
  },
});

const strikesOf = (buggify: readonly PlaceName[]) => {
  const result = simulate(busyShop, { buggify, trace: true });
  const struck = result.events.flatMap((event) => (event.type === "buggify.struck" ? [event.place] : []));
  return { result, struck: new Set(struck) };
};

describe("a cluster with every place on", () => {
  const { result, struck } = strikesOf(PLACE_NAMES);

  test("each place strikes", () => {
    expect(PLACE_NAMES.filter((place) => !struck.has(place))).toEqual([]);
  });

  test("every claim holds, and every order arrives", () => {
    expect(result.failure).toBeUndefined();
    expect(result.unexpected).toEqual([]);
    expect(result.ok).toBe(true);
  });

  test("the result and the trace's header name what was on", () => {
    expect(result.buggify).toEqual(PLACE_NAMES);
    expect(result.header.buggify).toEqual(PLACE_NAMES);
  });

  test("the same seed gives the same run, traced or not, and another run than with everything off", () => {
    expect(simulate(busyShop, { buggify: PLACE_NAMES, checkers: false }).digest).toBe(result.digest);
    const off = simulate(busyShop, { buggify: [], checkers: false });
    expect(off.digest).not.toBe(result.digest);
    expect(off.buggify).toEqual([]);
    expect(off.header.buggify).toBeUndefined();
  });
});

test("with one place on no other strikes", () => {
  expect([...strikesOf(["short-fetch"]).struck]).toEqual(["short-fetch"]);
});
