// M23, the other side of the same coin (KAFKA-15489): a leader that no voter follows any more has to find out by itself.
// Brokers that still reach it ask nobody else, and live in a past to which nothing can be added.

import { scenario } from "../../sim/index.js";

export const leaderOfNobody = scenario({
  name: "leader-of-nobody",
  teaches: "A quorum leader that a majority no longer fetches from resigns, so that its brokers look for the next one.",
  read: ["core/raft/leader-state.ts", "core/raft/leading.ts"],
  cluster: { brokers: 3, controllers: 3 },
  bugs: ["lead-without-majority"],
  exhibit: "M23",
  expect: { violates: "deposed-leader-resigns" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const active = world.activeController() ?? 0;
    const others = world.controllers.filter((id) => id !== active);
    world.note("The active controller is cut off from the other controllers. All brokers reach all three of them.");
    const cut = world.inject({ kind: "partition", from: [active], to: others, symmetric: true });
    world.run(10_000);
    world.note("The other two have elected a new leader. Do the brokers know?");
    world.request({ kind: "create-topic", topic: "returns", partitions: 1, replicationFactor: 3 });
    world.run(30_000);

    world.note("The cut heals.");
    cut.heal();
    world.until("a controller is active", () => world.activeController() !== undefined);
  },
});
