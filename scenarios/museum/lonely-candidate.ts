// M23, before KIP-996: a voter that hears nobody concludes that there is no leader, and raises the epoch; again and
// again, for there is no answer. When it is heard again, everybody yields to its epoch, the healthy leader first.

import { scenario } from "../../sim/index.js";

export const lonelyCandidate = scenario({
  name: "lonely-candidate",
  teaches: "A voter that was cut off must not depose a leader that all others follow: it asks before it stands.",
  read: ["core/raft/quorum-state.ts", "core/raft/elections.ts"],
  cluster: { brokers: 3, controllers: 3 },
  bugs: ["stand-without-asking"],
  exhibit: "M23",
  expect: { violates: "no-needless-election" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const active = world.activeController();
    const other = world.controllers.find((id) => id !== active) ?? 0;
    world.note("One controller, not the active one, loses its network for twenty seconds.");
    const cut = world.inject({ kind: "isolate", target: other });
    world.run(20_000);

    world.note("The network is back. In which epoch is the lonely one by now, and who has to follow it?");
    cut.heal();
    world.run(5_000);
    world.until("a controller is active", () => world.activeController() !== undefined);
    const order = world.producer("shop").send("orders", { value: "order 1" });
    world.until("the cluster works", () => order.state === "acknowledged");
  },
});
