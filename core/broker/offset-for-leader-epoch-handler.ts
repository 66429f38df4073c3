// OffsetForLeaderEpoch: where a leader epoch ended in the leader's log. Consumers ask it to learn whether what they
// read was truncated since (KIP-320); followers asked it before Fetch carried epochs itself (KIP-101).

import type { RequestBody } from "../protocol/apis.js";
import type { DataPlane } from "./data-plane.js";
import type { RequestContext } from "./request-context.js";

/** Answers OffsetForLeaderEpoch v2–4. */
export function handleOffsetForLeaderEpoch(
  plane: DataPlane,
  body: RequestBody<"OffsetForLeaderEpoch">,
  context: RequestContext<"OffsetForLeaderEpoch">,
): void {
  const topics = body.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
      const end = plane.replicaManager.lastOffsetForLeaderEpoch(topic, partition, currentLeaderEpoch, leaderEpoch);
      return { errorCode: end.error, partition, leaderEpoch: end.leaderEpoch, endOffset: end.endOffset };
    }),
  }));
  context.reply({ throttleTimeMs: 0, topics });
}
