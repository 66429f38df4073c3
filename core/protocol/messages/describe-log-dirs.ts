// DescribeLogDirs: what the log directories of a broker hold.
// For administrators.

import { array, bool, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DescribeLogDirs. */
export const DescribeLogDirsRequest = message({
  name: "DescribeLogDirsRequest",
  apiKey: 35,
  versions: [1, 4],
  flexibleSince: 2,
  fields: {
    topics: array(
      "0+",
      "Partitions of interest, by topic; null for all.",
      {
        topic: string("0+", "Name of the topic."),
        partitions: array("0+", "Partitions, one entry each.", "int32"),
      },
      { nullable: "0+" },
    ),
  },
});
export type DescribeLogDirsRequest = BodyOf<typeof DescribeLogDirsRequest.fields>;

/** Response of DescribeLogDirs. */
export const DescribeLogDirsResponse = message({
  name: "DescribeLogDirsResponse",
  apiKey: 35,
  versions: [1, 4],
  flexibleSince: 2,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("3+", "Kafka's error code, 0 for success.", { ignorable: true }),
    results: array("0+", "Outcomes, one entry each.", {
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      logDir: string("0+", "Path of the log directory."),
      topics: array("0+", "Topics, one entry each.", {
        name: string("0+", "Name of the topic."),
        partitions: array("0+", "Partitions, one entry each.", {
          partitionIndex: int32("0+", "Number of the partition."),
          partitionSize: int64("0+", "Bytes of the partition's log segments."),
          offsetLag: int64(
            "0+",
            "How far the copy is behind: behind the high watermark, or for a future copy behind the current one.",
          ),
          isFutureKey: bool("0+", "Is this the copy being moved into another directory?"),
        }),
      }),
      totalBytes: int64("4+", "Size of the volume in bytes, -1 if unknown.", { default: -1, ignorable: true }),
      usableBytes: int64("4+", "Free bytes of the volume, -1 if unknown.", { default: -1, ignorable: true }),
    }),
  },
});
export type DescribeLogDirsResponse = BodyOf<typeof DescribeLogDirsResponse.fields>;
