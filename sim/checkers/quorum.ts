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
        logs.commit(log, Math.min(event.highWatermark, log.logEndOffset));
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
