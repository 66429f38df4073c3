// Claims about the metadata quorum: Raft's own.

import type { NodeId } from "../../core/index.js";
import type { CheckerDefinition } from "./checker.js";

const TOPIC = "__cluster_metadata";

/** Election safety. */
export const oneQuorumLeader: CheckerDefinition = {
  name: "one-quorum-leader",
  claim: "The metadata quorum elects at most one leader in an epoch.",
  create({ report }) {
    const leaders = new Map<number, NodeId>();
    return {
      watches: ["quorum.transitioned"],
      onEvent(event) {
        if (event.type !== "quorum.transitioned" || event.to !== "Leader") return;
        const leader = leaders.get(event.epoch);
        if (leader === undefined) leaders.set(event.epoch, event.node);
        else if (leader !== event.node) {
          report(`controllers ${leader} and ${event.node} were both elected in epoch ${event.epoch}`, event);
        }
      },
    };
  },
};

/** Leader completeness: committed metadata is in the log of every later leader, and the high watermark never falls. */
export const metadataNeverLost: CheckerDefinition = {
  name: "metadata-never-lost",
  claim: "Committed metadata is never lost or changed: every later quorum leader holds it.",
  restsOn: "committed-metadata",
  create({ logs, report }) {
    return {
      watches: ["quorum.high-watermark-advanced", "quorum.transitioned"],
      onEvent(event) {
        if (event.type === "quorum.transitioned") {
          if (event.to !== "Leader") return;
          const log = logs.replica(TOPIC, 0, event.node);
          log.agreedUpTo = 0;
          const wrong = logs.compare(log, Infinity);
          if (wrong !== undefined) {
            report(
              `controller ${event.node} leads the quorum in epoch ${event.epoch} without the metadata committed at offset ${wrong.offset}`,
              event,
            );
          }
          return;
        }
        if (event.type !== "quorum.high-watermark-advanced") return;
        const log = logs.replica(TOPIC, 0, event.node);
        const wrong = logs.compare(log, event.highWatermark);
        if (wrong !== undefined) {
          report(
            `node ${event.node} takes metadata up to ${event.highWatermark} as committed, but at offset ${wrong.offset} other metadata was committed`,
            event,
          );
        }
        logs.commit(log, event.epoch, Math.min(event.highWatermark, log.logEndOffset));
      },
    };
  },
};

/** Log matching: two logs with an entry of the same offset and epoch are alike up to there. */
export const logMatching: CheckerDefinition = {
  name: "log-matching",
  claim: "Two metadata logs that have the same offset with the same epoch hold the same record there.",
  create({ report }) {
    const content = new Map<string, number>();
    return {
      watches: ["log.appended"],
      onEvent(event) {
        if (event.type !== "log.appended" || event.topic !== TOPIC) return;
        const key = `${event.baseOffset}@${event.leaderEpoch}`;
        const crc = content.get(key);
        if (crc === undefined) content.set(key, event.crc);
        else if (crc !== event.crc) {
          report(
            `node ${event.node} appended another batch at offset ${event.baseOffset} of epoch ${event.leaderEpoch}`,
            event,
          );
        }
      },
    };
  },
};

/** What a checker knows of a quorum member: its state, and whether it has heard its leader in it. */
interface Member {
  readonly state: string;
  readonly epoch: number;
  readonly leaderId: NodeId;
  /** The event at which this state began, and the first news from the leader since. */
  readonly since: number;
  heardAt: number;
}

/** Pre-vote (KIP-996): followers that hear their leader encourage nobody else, so no majority can be had against it. */
export const noNeedlessElection: CheckerDefinition = {
  name: "no-needless-election",
  claim: "No voter raises the quorum's epoch against a leader that a majority follows.",
  create({ report }) {
    const members = new Map<NodeId, Member>();
    const voters = new Set<NodeId>();
    /** Voters, `candidate` aside, that hear one leader since before `seq`. */
    const followersOfOne = (candidate: NodeId, seq: number): { leader: NodeId; count: number } => {
      const counts = new Map<NodeId, number>();
      for (const [node, { leaderId, heardAt }] of members) {
        if (node === candidate || !voters.has(node) || heardAt >= seq || leaderId < 0) continue;
        counts.set(leaderId, (counts.get(leaderId) ?? 0) + 1);
      }
      let best = { leader: -1, count: 0 };
      for (const [leader, count] of counts) if (count > best.count) best = { leader, count };
      return best;
    };
    return {
      watches: ["quorum.transitioned", "quorum.high-watermark-advanced", "quorum.vote-answered", "process.started"],
      onEvent(event) {
        const { node } = event;
        switch (event.type) {
          case "process.started":
            members.delete(node);
            return;
          case "quorum.vote-answered":
            voters.add(node);
            return;
          case "quorum.high-watermark-advanced": {
            const member = members.get(node);
            if (member?.state === "Follower" && member.heardAt === Infinity) member.heardAt = event.seq;
            return;
          }
          case "quorum.transitioned": {
            const { to: state, epoch, leaderId, seq } = event;
            if (state !== "Follower" && state !== "Unattached") voters.add(node);
            if (state === "Candidate") {
              const asksSince = members.get(node)?.state === "Prospective" ? (members.get(node)?.since ?? seq) : seq;
              const { leader, count } = followersOfOne(node, asksSince);
              if (count > voters.size / 2) {
                report(
                  `controller ${node} stands for election in epoch ${epoch}, while ${count} of ${voters.size} voters are content with controller ${leader}`,
                  event,
                );
              }
            }
            members.set(node, { state, epoch, leaderId, since: seq, heardAt: state === "Leader" ? seq : Infinity });
            return;
          }
          default:
        }
      },
    };
  },
};

/**
 * Check-quorum: how long a replaced leader may go on, unless it stands still. It gives up after one and a half times
 * `controller.quorum.fetch.timeout.ms`, 3 s by default; fetches that arrive late may prolong that.
 */
const RESIGNS_WITHIN_US = 10_000_000;

/** A leader without followers must find out by itself, or those who reach only it would wait for ever. */
export const deposedLeaderResigns: CheckerDefinition = {
  name: "deposed-leader-resigns",
  claim: "A quorum leader that was replaced stops leading within 10 seconds of its own time.",
  create({ report }) {
    /** Since when each leader could know that it was replaced; Infinity while it stands still or was not. */
    const leaders = new Map<NodeId, { readonly epoch: number; replacedUs: number }>();
    const paused = new Set<NodeId>();
    return {
      watches: [
        "quorum.transitioned",
        "quorum.high-watermark-advanced",
        "process.crashed",
        "process.stopped",
        "process.paused",
        "process.resumed",
      ],
      onEvent(event) {
        const { node, atUs } = event;
        switch (event.type) {
          case "quorum.transitioned":
            leaders.delete(node);
            if (event.to !== "Leader") return;
            for (const [id, leader] of leaders)
              if (!paused.has(id)) leader.replacedUs = Math.min(leader.replacedUs, atUs);
            leaders.set(node, { epoch: event.epoch, replacedUs: Infinity });
            return;
          case "quorum.high-watermark-advanced":
            for (const [id, { epoch, replacedUs }] of leaders) {
              if (atUs - replacedUs <= RESIGNS_WITHIN_US) continue;
              report(`controller ${id} still leads epoch ${epoch}, 10 seconds after another was elected`, event);
              leaders.delete(id);
            }
            return;
          case "process.paused": {
            paused.add(node);
            const leader = leaders.get(node);
            if (leader !== undefined) leader.replacedUs = Infinity;
            return;
          }
          case "process.resumed": {
            paused.delete(node);
            const leader = leaders.get(node);
            const isNewest = leader !== undefined && [...leaders.values()].every(({ epoch }) => epoch <= leader.epoch);
            if (leader !== undefined && !isNewest) leader.replacedUs = atUs;
            return;
          }
          default:
            leaders.delete(node);
            paused.delete(node);
        }
      },
    };
  },
};
