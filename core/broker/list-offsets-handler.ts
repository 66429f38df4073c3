// ListOffsets: where a log begins, ends, or was at a point in time. Only the leader answers; the rules stand in
// core/replication/list-offsets.ts.

import { type ErrorCode, Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { ListOffsetsTimestamp } from "../replication/list-offsets.js";
import type { DataPlane } from "./data-plane.js";
import type { RequestContext } from "./request-context.js";

const CONSUMER_REPLICA_ID = -1;
/** A debugging client may ask any replica, and sees to the log end. */
const DEBUGGING_REPLICA_ID = -2;
const READ_COMMITTED = 1;
const FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE = 5;

/** First version that may use a special timestamp. No other negative timestamp means anything. */
const FIRST_VERSION_OF: ReadonlyMap<number, number> = new Map([
  [ListOffsetsTimestamp.LATEST, 1],
  [ListOffsetsTimestamp.EARLIEST, 1],
  [ListOffsetsTimestamp.MAX_TIMESTAMP, 7],
  [ListOffsetsTimestamp.EARLIEST_LOCAL, 8],
  [ListOffsetsTimestamp.LATEST_TIERED, 9],
]);

type PartitionResponse = ResponseBody<"ListOffsets">["topics"][number]["partitions"][number];

/** Answers ListOffsets v1–10. */
export function handleListOffsets(
  plane: DataPlane,
  body: RequestBody<"ListOffsets">,
  context: RequestContext<"ListOffsets">,
): void {
  const { apiVersion } = context;
  const isClient = body.replicaId === CONSUMER_REPLICA_ID;
  const clientIsolation = body.isolationLevel === READ_COMMITTED ? "last-stable-offset" : "high-watermark";
  const isolation = isClient ? clientIsolation : undefined;
  const topics = body.topics.map((topic) => {
    const duplicates = duplicatesOf(topic.partitions.map((asked) => asked.partitionIndex));
    const partitions = topic.partitions.map((asked): PartitionResponse => {
      const { partitionIndex, timestamp, currentLeaderEpoch } = asked;
      const failed = (error: ErrorCode): PartitionResponse => ({
        partitionIndex,
        errorCode: error,
        timestamp: -1,
        offset: -1,
        leaderEpoch: -1,
      });
      if (duplicates.has(partitionIndex)) return failed(Errors.INVALID_REQUEST);
      if (!isSupported(timestamp, apiVersion)) return failed(Errors.UNSUPPORTED_VERSION);
      const requireLeader = body.replicaId !== DEBUGGING_REPLICA_ID;
      const found = plane.replicaManager.listOffset(
        topic.name,
        partitionIndex,
        timestamp,
        isolation,
        currentLeaderEpoch,
        requireLeader,
      );
      if (found.error !== Errors.NONE) return failed(errorFor(found.error, apiVersion));
      return {
        partitionIndex,
        errorCode: Errors.NONE,
        timestamp: found.timestampMs,
        offset: found.offset,
        leaderEpoch: apiVersion >= 4 ? found.leaderEpoch : -1,
      };
    });
    return { name: topic.name, partitions };
  });
  context.reply({ throttleTimeMs: 0, topics });
}

function isSupported(timestamp: number, apiVersion: number): boolean {
  return timestamp >= 0 || apiVersion >= (FIRST_VERSION_OF.get(timestamp) ?? Number.MAX_SAFE_INTEGER);
}

/** Older clients retry on an error they know. */
function errorFor(error: ErrorCode, apiVersion: number): ErrorCode {
  const isTooNew = error === Errors.OFFSET_NOT_AVAILABLE && apiVersion < FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE;
  return isTooNew ? Errors.LEADER_NOT_AVAILABLE : error;
}

function duplicatesOf(indexes: readonly number[]): ReadonlySet<number> {
  const seen = new Set<number>();
  const duplicates = new Set<number>();
  for (const index of indexes) (seen.has(index) ? duplicates : seen).add(index);
  return duplicates;
}
