// Claims about the time after healing: everything converges. Safety alone is cheap: a cluster that does nothing is safe.

import type { CheckerDefinition } from "./checker.js";

/** Once everything is healed, replicas, producers and groups come to rest. */
export const converges: CheckerDefinition = {
  name: "converges",
  claim:
    "After healing, every partition has a leader and a full ISR, every send has an outcome, every group is at rest.",
  create({ report }) {
    return {
      watches: [],
      onEvent() {},
      onEnd(view) {
        if (!view.healed) return;
        for (const { topic, partition, leader, replicas, isr } of view.partitions) {
          if (leader < 0) report(`${topic}-${partition} has no leader`);
          else if (isr.length < replicas.length) {
            report(
              `${topic}-${partition} is under-replicated: ISR ${isr.join(", ")} of replicas ${replicas.join(", ")}`,
            );
          }
        }
        for (const { client, count } of view.pendingSends) {
          if (count > 0) report(`${client} still waits for the outcome of ${count} record${count === 1 ? "" : "s"}`);
        }
        for (const { group, state } of view.groups) {
          if (state === "PreparingRebalance" || state === "CompletingRebalance") {
            report(`group ${group} is still rebalancing (${state})`);
          }
        }
      },
    };
  },
};
