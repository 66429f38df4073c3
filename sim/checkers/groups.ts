// Claims about consumer groups: who owns what, and what a commit may do.

import type { NodeId, Offset } from "../../core/index.js";
import { topicPartitionKey } from "../../core/types.js";
import type { CheckerDefinition } from "./checker.js";

/** No partition is owned twice in a generation. */
export const oneOwner: CheckerDefinition = {
  name: "one-owner",
  claim: "In one generation of a group a partition belongs to one member.",
  restsOn: "committed-offsets",
  create({ report }) {
    const owners = new Map<string, { readonly memberId: string; readonly node: NodeId }>();
    const newest = new Map<string, number>();
    return {
      watches: ["consumer.assigned"],
      onEvent(event) {
        if (event.type !== "consumer.assigned" || event.generationId < 0) return;
        if (event.generationId > (newest.get(event.group) ?? -1)) newest.set(event.group, event.generationId);
        for (const partition of event.partitions) {
          const key = `${event.group}@${event.generationId}/${partition}`;
          const owner = owners.get(key);
          const { memberId, node } = event;
          // A static member that was restarted takes over what it had under a new id (KIP-345).
          if (owner === undefined || owner.node === node) owners.set(key, { memberId, node });
          else if (owner.memberId !== memberId) {
            report(
              `${partition} belongs to both ${owner.memberId} and ${event.memberId} in generation ${event.generationId} of group ${event.group}`,
              event,
            );
          }
        }
      },
    };
  },
};

/** A commit of an earlier generation is refused. */
export const fencedGenerations: CheckerDefinition = {
  name: "fenced-generations",
  claim: "A member of an earlier generation cannot commit offsets.",
  restsOn: "committed-offsets",
  create({ report }) {
    // A generation counts once its assignment is stored. Before that a coordinator may still be waiting for replicas
    // to store a commit it accepted in the one before; and what it had begun and not stored, its successor never saw.
    const stored = new Map<string, number>();
    return {
      watches: ["group.transitioned", "group.offset-committed"],
      onEvent(event) {
        if (event.type === "group.transitioned") {
          // A deleted group begins again at generation 0.
          if (event.to === "Dead") stored.delete(event.group);
          if (event.to === "Stable")
            stored.set(event.group, Math.max(event.generationId, stored.get(event.group) ?? -1));
          return;
        }
        if (event.type !== "group.offset-committed" || event.generationId < 0) return;
        const current = stored.get(event.group) ?? -1;
        if (event.generationId < current) {
          report(
            `${event.memberId} of generation ${event.generationId} committed ${event.topic}-${event.partition} at ${event.offset} in group ${event.group}, which is at generation ${current}`,
            event,
          );
        }
      },
    };
  },
};

/** Committed offsets do not fall unless a consumer moved back on purpose. */
export const commitsRise: CheckerDefinition = {
  name: "commits-rise",
  claim: "A group's committed offset of a partition does not go back, unless a member sought back.",
  restsOn: "committed-offsets",
  create({ report, logs }) {
    const committed = new Map<string, Offset>();
    const soughtTo = new Map<string, Offset>();
    return {
      watches: ["group.offset-committed", "consumer.position-reset"],
      onEvent(event) {
        if (event.type === "consumer.position-reset") {
          if (event.reason === "committed") return;
          const key = topicPartitionKey(event.topic, event.partition);
          soughtTo.set(key, Math.min(event.to, soughtTo.get(key) ?? Infinity));
          return;
        }
        if (event.type !== "group.offset-committed") return;
        const key = `${event.group}/${event.topic}-${event.partition}`;
        const before = committed.get(key) ?? 0;
        const sought = soughtTo.get(topicPartitionKey(event.topic, event.partition)) ?? Infinity;
        if (event.offset < before && event.offset < sought && !logs.wasDeleted(event.topic)) {
          report(
            `group ${event.group} had committed ${event.topic}-${event.partition} at ${before}; ${event.memberId || "a client"} set it back to ${event.offset}`,
            event,
          );
        }
        committed.set(key, event.offset);
      },
    };
  },
};

/** An acknowledged commit is what the group's coordinator holds, now and after any fail-over. */
export const commitsSurvive: CheckerDefinition = {
  name: "commits-survive",
  claim: "An offset commit that was acknowledged is not forgotten: a member that resumes does not start before it.",
  restsOn: "committed-offsets",
  create({ report, logs }) {
    const acknowledged = new Map<string, Offset>();
    const soughtTo = new Map<string, Offset>();
    return {
      watches: ["consumer.commit-acknowledged", "consumer.position-reset"],
      onEvent(event) {
        if (event.type === "consumer.commit-acknowledged") {
          acknowledged.set(`${event.group}/${event.topic}-${event.partition}`, event.offset);
          return;
        }
        if (event.type !== "consumer.position-reset" || event.group === "") return;
        if (event.reason !== "committed") {
          const key = topicPartitionKey(event.topic, event.partition);
          soughtTo.set(key, Math.min(event.to, soughtTo.get(key) ?? Infinity));
          return;
        }
        const before = acknowledged.get(`${event.group}/${event.topic}-${event.partition}`) ?? 0;
        if (
          event.to < before &&
          event.to < (soughtTo.get(topicPartitionKey(event.topic, event.partition)) ?? Infinity)
        ) {
          if (logs.wasDeleted(event.topic)) return;
          report(
            `client ${event.node} resumes ${event.topic}-${event.partition} at committed offset ${event.to}, though group ${event.group} was told that ${before} is committed`,
            event,
          );
        }
      },
    };
  },
};
