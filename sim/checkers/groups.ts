// Claims about consumer groups: who owns what, and what a commit may do.

import type { NodeId, Offset } from "../../core/index.js";
import { GROUP_METADATA_TOPIC } from "../../core/internal-topics.js";
import { topicPartitionKey } from "../../core/types.js";
import type { TraceEvent } from "../trace/format.js";
import type { CheckerDefinition } from "./checker.js";
import { scopedKey } from "./scoped-key.js";

/** No partition is owned twice in a generation. */
export const oneOwner: CheckerDefinition = {
  name: "one-owner",
  claim: "In one generation of a group a partition belongs to one member.",
  restsOn: "committed-offsets",
  create({ report }) {
    const owners = new Map<string, { readonly memberId: string; readonly node: NodeId }>();
    const removed = new Set<string>();
    return {
      watches: ["consumer.assigned", "group.member-removed"],
      onEvent(event) {
        if (event.type === "group.member-removed") removed.add(event.memberId);
        if (event.type !== "consumer.assigned" || event.generationId < 0) return;
        const { group, generationId, memberId, node } = event;
        for (const partition of event.partitions) {
          const key = `${group}@${generationId}/${partition}`;
          const owner = owners.get(key);
          // A static member that was restarted, here or elsewhere, has its share under a new id (KIP-345).
          if (owner === undefined || owner.node === node || removed.has(owner.memberId)) {
            owners.set(key, { memberId, node });
            continue;
          }
          const who =
            owner.memberId === memberId
              ? `clients ${owner.node} and ${node}, which are both ${memberId}`
              : `both ${owner.memberId} and ${memberId}`;
          report(`${partition} belongs to ${who} in generation ${generationId} of group ${group}`, event);
        }
      },
    };
  },
};

/** A fact of a group that a coordinator told. */
interface Told {
  readonly by: NodeId;
  readonly seq: number;
}

/**
 * Who took over when. A deposed coordinator that slept may tell only now of a commit it accepted in time: its successor
 * has that in the log it took over. To accept one after its successor told something, it must have taken over from that.
 */
class Takeovers {
  readonly #seqs = new Map<NodeId, number>();

  note(event: Extract<TraceEvent, { readonly type: "partition.became-leader" }>): void {
    if (event.topic === GROUP_METADATA_TOPIC) this.#seqs.set(event.node, event.seq);
  }

  /** Is what the node tells now from before that fact? */
  isOldNews(node: NodeId, { by, seq }: Told): boolean {
    return by !== node && (this.#seqs.get(node) ?? -1) < seq;
  }
}

/** A commit of an earlier generation is refused. */
export const fencedGenerations: CheckerDefinition = {
  name: "fenced-generations",
  claim: "A member of an earlier generation cannot commit offsets.",
  restsOn: "committed-offsets",
  create({ report }) {
    // A generation counts once its assignment is stored. Before that a coordinator may still be waiting for replicas
    // to store a commit it accepted in the one before; and what it had begun and not stored, its successor never saw.
    const stored = new Map<string, Told & { readonly generationId: number }>();
    const takeovers = new Takeovers();
    return {
      watches: ["group.transitioned", "group.offset-committed", "partition.became-leader"],
      onEvent(event) {
        if (event.type === "partition.became-leader") return takeovers.note(event);
        if (event.type === "group.transitioned") {
          // A deleted group begins again at generation 0.
          if (event.to === "Dead") stored.delete(event.group);
          const { generationId, node: by, seq } = event;
          if (event.to === "Stable" && generationId > (stored.get(event.group)?.generationId ?? -1))
            stored.set(event.group, { generationId, by, seq });
          return;
        }
        if (event.type !== "group.offset-committed" || event.generationId < 0) return;
        const current = stored.get(event.group);
        if (current === undefined || event.generationId >= current.generationId) return;
        if (takeovers.isOldNews(event.node, current)) return;
        report(
          `${event.memberId} of generation ${event.generationId} committed ${event.topic}-${event.partition} at ${event.offset} in group ${event.group}, which is at generation ${current.generationId}`,
          event,
        );
      },
    };
  },
};

/** Where members jumped to, by partition: what makes a step back their own wish. */
class Jumps {
  readonly #byPartition = new Map<string, PositionReset[]>();

  note(event: PositionReset): void {
    if (event.reason === "committed") return;
    const key = topicPartitionKey(event.topic, event.partition);
    const known = this.#byPartition.get(key);
    if (known === undefined) this.#byPartition.set(key, [event]);
    else known.push(event);
  }

  /** Did somebody, or only `by`, jump to `offset` or before it, after the event `since`? */
  explain(partition: string, offset: Offset, since: number, by?: NodeId): boolean {
    const isExcuse = (jump: PositionReset): boolean =>
      jump.to <= offset && jump.seq > since && (by === undefined || jump.node === by);
    return this.#byPartition.get(partition)?.some(isExcuse) === true;
  }
}

type PositionReset = Extract<TraceEvent, { type: "consumer.position-reset" }>;

type PartitionCommit = Pick<
  Extract<TraceEvent, { type: "group.offset-committed" }>,
  "group" | "topic" | "partition" | "generationId" | "offset"
>;

/** Committed offsets do not fall unless a consumer moved back on purpose, or was overtaken by itself. */
export const commitsRise: CheckerDefinition = {
  name: "commits-rise",
  claim: "A group's committed offset of a partition does not go back, unless a member sought back.",
  restsOn: "committed-offsets",
  create({ report, logs }) {
    // A commit that its member gave up, with its connection, may reach the coordinator after the member's next one:
    // both are of one member and one generation, and a commit carries no number by which to tell them apart.
    const unanswered = new Set<string>();
    const nameOf = (commit: PartitionCommit): string =>
      `${scopedKey(commit.group, commit.topic, commit.partition)}@${commit.generationId}: ${commit.offset}`;
    const committed = new Map<string, Told & { readonly offset: Offset; readonly memberId: string }>();
    const takeovers = new Takeovers();
    const nodeOf = new Map<string, NodeId>();
    const jumps = new Jumps();
    return {
      watches: [
        "group.offset-committed",
        "consumer.position-reset",
        "consumer.assigned",
        "consumer.commit-unanswered",
        "partition.became-leader",
      ],
      onEvent(event) {
        if (event.type === "partition.became-leader") takeovers.note(event);
        if (event.type === "consumer.position-reset") jumps.note(event);
        if (event.type === "consumer.assigned") nodeOf.set(event.memberId, event.node);
        if (event.type === "consumer.commit-unanswered") unanswered.add(nameOf(event));
        if (event.type !== "group.offset-committed") return;
        const { group, memberId, offset, seq, node: by } = event;
        const partition = topicPartitionKey(event.topic, event.partition);
        const key = scopedKey(group, event.topic, event.partition);
        const before = committed.get(key);
        if (before !== undefined && takeovers.isOldNews(by, before)) return;
        // A coordinator that takes over tells commits of before once more, and does not know whose they are.
        if (memberId !== "" || offset !== before?.offset) committed.set(key, { offset, memberId, by, seq });
        if (before === undefined || offset >= before.offset || logs.wasDeleted(event.topic)) return;
        // Who takes over begins where the commits before it end: only what it did since then excuses it. A member may
        // have jumped while its own commit was under way.
        const node = nodeOf.get(memberId);
        const since = node === undefined || before.memberId === memberId || before.memberId === "" ? 0 : before.seq;
        if (jumps.explain(partition, offset, since, node)) return;
        if (before.memberId === memberId && unanswered.has(nameOf(event))) return;
        const who = memberId || "a client";
        report(`group ${group} had committed ${partition} at ${before.offset}; ${who} set it back to ${offset}`, event);
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
    const latest = new Map<string, Offset>();
    return {
      watches: ["consumer.commit-acknowledged", "group.offset-committed", "consumer.position-reset"],
      onEvent(event) {
        if (
          event.type !== "consumer.commit-acknowledged" &&
          event.type !== "group.offset-committed" &&
          event.type !== "consumer.position-reset"
        )
          return;
        const partition = topicPartitionKey(event.topic, event.partition);
        const key = scopedKey(event.group, event.topic, event.partition);
        const before = acknowledged.get(key) ?? 0;
        switch (event.type) {
          case "consumer.commit-acknowledged":
            acknowledged.set(key, Math.min(event.offset, latest.get(key) ?? Infinity));
            return;
          case "group.offset-committed":
            // A later commit of less takes its place; whether it may is another claim. What a coordinator tells again
            // when it takes over, without knowing whose it is, is no later commit.
            if (event.memberId === "") return;
            latest.set(key, event.offset);
            if (event.offset < before) acknowledged.set(key, event.offset);
            return;
          case "consumer.position-reset":
            if (event.to >= before || logs.wasDeleted(event.topic)) return;
            if (event.reason !== "committed") {
              // Who goes back commits less from then on: written, and perhaps never answered.
              if (event.to < event.from) acknowledged.set(key, event.to);
              return;
            }
            report(
              `client ${event.node} resumes ${partition} at committed offset ${event.to}, though group ${event.group} was told that ${before} is committed`,
              event,
            );
        }
      },
    };
  },
};
