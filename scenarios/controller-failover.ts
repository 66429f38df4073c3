// The active controller disappears. Data keeps flowing; changes wait for the next one.

import { scenario } from "../sim/index.js";

export const controllerFailover = scenario({
  name: "controller-failover",
  teaches:
    "Brokers serve clients without a controller; only changes of the cluster wait until the quorum has elected the next.",
  read: ["core/raft/quorum-state.ts", "core/raft/raft-client.ts", "core/controller/quorum-controller.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("the first order is acknowledged", () => first.state === "acknowledged");

    world.note("The process of the active controller dies; its connections close, so everybody looks for the next.");
    const oldController = world.activeController()!;
    world.inject({ kind: "crash", target: { role: "active-controller" } });
    const second = shop.send("orders", { value: "order 2" });
    world.until("a record is taken while nobody controls", () => second.state === "acknowledged", 1_000);

    world.note(
      "The other two controllers miss their leader; one asks for votes (first whether it would win), and leads.",
    );
    world.until("another controller is active", () => {
      const active = world.activeController();
      return active !== undefined && active !== oldController;
    });
    world.createTopic("returns", { partitions: 1, replicationFactor: 3 });
    const third = shop.send("returns", { value: "return 1" });
    world.until("the new controller's topic works", () => third.state === "acknowledged");

    world.note("The old controller comes back as a follower of the quorum, and copies what it missed.");
    world.restart(oldController);
    world.run(5_000);
    world.expect("it did not disturb the new one", world.activeController() !== oldController);
  },
});
