// A claim about consumer groups over generations: a partition changes hands only when its owner has let go.

import type { NodeId } from "../../core/index.js";
import type { CheckerDefinition } from "./checker.js";

interface Owner {
  readonly node: NodeId;
  readonly memberId: string;
  readonly generationId: number;
}

/** No partition passes to another member while its owner is a member and still takes it for its own. */
export const revokedBeforeReassigned: CheckerDefinition = {
  name: "revoked-before-reassigned",
  claim:
    "A partition passes to another member only after its owner gave it up, or was no longer a member, or missed a rebalance as a static one.",
  restsOn: "committed-offsets",
  create({ report }) {
    const owners = new Map<string, Map<string, Owner>>();
    const removed = new Set<string>();
    // The coordinator keeps a static member's place without waiting for it (KIP-345), and the leader of the group may
    // give its partitions away. It learns of it by its next heartbeat: a hazard of static membership, not a bug.
    // An assignment of the generation that went before may reach it later still, and does not bring it back.
    const leftBehindAfter = new Map<string, number>();
    const forget = (node: NodeId, isGone: (partition: string) => boolean, group?: string): void => {
      for (const [name, partitions] of owners) {
        if (group !== undefined && name !== group) continue;
        for (const [partition, owner] of partitions)
          if (owner.node === node && isGone(partition)) partitions.delete(partition);
      }
    };
    return {
      watches: [
        "consumer.assigned",
        "consumer.revoked",
        "consumer.lost",
        "group.member-removed",
        "group.member-left-behind",
        "process.crashed",
        "process.stopped",
      ],
      onEvent(event) {
        switch (event.type) {
          case "group.member-removed":
            removed.add(event.memberId);
            return;
          case "group.member-left-behind":
            leftBehindAfter.set(event.memberId, event.generationId);
            return;
          case "process.crashed":
          case "process.stopped":
            forget(event.node, () => true);
            return;
          case "consumer.revoked":
          case "consumer.lost":
            forget(event.node, (partition) => event.partitions.includes(partition), event.group);
            return;
          case "consumer.assigned": {
            const { group, node, memberId, generationId } = event;
            let partitions = owners.get(group);
            if (partitions === undefined) owners.set(group, (partitions = new Map()));
            forget(node, () => true, group);
            if (generationId > (leftBehindAfter.get(memberId) ?? -1)) leftBehindAfter.delete(memberId);
            for (const partition of event.partitions) {
              const owner = partitions.get(partition);
              // An answer of an earlier generation comes too late to count.
              if (owner !== undefined && owner.generationId > generationId) continue;
              partitions.set(partition, { node, memberId, generationId });
              if (owner === undefined || owner.memberId === memberId) continue;
              if (removed.has(owner.memberId) || leftBehindAfter.has(owner.memberId)) continue;
              // Two owners in one generation are another claim.
              if (owner.generationId === generationId) continue;
              report(
                `${partition} passed to ${memberId} in generation ${generationId} of group ${group}, while ${owner.memberId} had it since generation ${owner.generationId} and had not given it up`,
                event,
              );
            }
            return;
          }
          default:
        }
      },
    };
  },
};
