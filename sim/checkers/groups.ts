// Claims about consumer groups: who owns what, and what a commit may do.

import type { Offset } from "../../core/index.js";
import type { CheckerDefinition } from "./checker.js";

/** No partition is owned twice in a generation. */
export const oneOwner: CheckerDefinition = {
  name: "one-owner",
  claim: "In one generation of a group a partition belongs to one member.",
  create({ report }) {
    const owners = new Map<string, string>();
    const newest = new Map<string, number>();
    return {
      watches: ["consumer.assigned"],
      onEvent(event) {
        if (event.type !== "consumer.assigned" || event.generationId < 0) return;
        if (event.generationId > (newest.get(event.group) ?? -1)) newest.set(event.group, event.generationId);
        for (const partition of event.partitions) {
          const key = `${event.group}@${event.generationId}/${partition}`;
          const owner = owners.get(key);
          if (owner === undefined) owners.set(key, event.memberId);
          else if (owner !== event.memberId) {
            report(
              `${partition} belongs to both ${owner} and ${event.memberId} in generation ${event.generationId} of group ${event.group}`,
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
  create({ report }) {
    const generations = new Map<string, number>();
    return {
      watches: ["group.transitioned", "group.offset-committed"],
      onEvent(event) {
        if (event.type === "group.transitioned") {
          // A deleted group begins again at generation 0.
          if (event.to === "Dead") generations.delete(event.group);
          else generations.set(event.group, Math.max(event.generationId, generations.get(event.group) ?? -1));
          return;
        }
        if (event.type !== "group.offset-committed" || event.generationId < 0) return;
        const current = generations.get(event.group) ?? -1;
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
  restsOn: "acknowledged-records",
  create({ report }) {
    const committed = new Map<string, Offset>();
    const soughtTo = new Map<string, Offset>();
    return {
      watches: ["group.offset-committed", "consumer.position-reset"],
      onEvent(event) {
        if (event.type === "consumer.position-reset") {
          if (event.reason === "committed") return;
          const key = `${event.topic}-${event.partition}`;
          soughtTo.set(key, Math.min(event.to, soughtTo.get(key) ?? Infinity));
          return;
        }
        if (event.type !== "group.offset-committed") return;
        const key = `${event.group}/${event.topic}-${event.partition}`;
        const before = committed.get(key) ?? 0;
        const sought = soughtTo.get(`${event.topic}-${event.partition}`) ?? Infinity;
        if (event.offset < before && event.offset < sought) {
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
  restsOn: "acknowledged-records",
  create({ report }) {
    const acknowledged = new Map<string, Offset>();
    return {
      watches: ["consumer.commit-acknowledged", "consumer.position-reset"],
      onEvent(event) {
        if (event.type === "consumer.commit-acknowledged") {
          acknowledged.set(`${event.group}/${event.topic}-${event.partition}`, event.offset);
          return;
        }
        if (event.type !== "consumer.position-reset" || event.reason !== "committed" || event.group === "") return;
        const before = acknowledged.get(`${event.group}/${event.topic}-${event.partition}`) ?? 0;
        if (event.to < before) {
          report(
            `client ${event.node} resumes ${event.topic}-${event.partition} at committed offset ${event.to}, though group ${event.group} was told that ${before} is committed`,
            event,
          );
        }
      },
    };
  },
};
