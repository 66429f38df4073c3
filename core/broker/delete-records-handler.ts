// DeleteRecords: deletes what lies below an offset, once every live replica has moved its log start (KIP-107).

import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { DataPlane } from "./data-plane.js";
import type { RequestContext } from "./request-context.js";

type PartitionResponse = ResponseBody<"DeleteRecords">["topics"][number]["partitions"][number];

/** Answers DeleteRecords v0–2. */
export function handleDeleteRecords(
  plane: DataPlane,
  body: RequestBody<"DeleteRecords">,
  context: RequestContext<"DeleteRecords">,
): void {
  const entries = body.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, offset }) => ({ topic: name, partition: partitionIndex, offset })),
  );
  plane.replicaManager.deleteRecords(body.timeoutMs, entries, (results) => {
    const byTopic = new Map<string, PartitionResponse[]>();
    for (const { topic, partition, lowWatermark, error } of results) {
      let partitions = byTopic.get(topic);
      if (partitions === undefined) byTopic.set(topic, (partitions = []));
      partitions.push({ partitionIndex: partition, lowWatermark, errorCode: error });
    }
    const topics = [...byTopic].map(([name, partitions]) => ({ name, partitions }));
    context.reply({ throttleTimeMs: 0, topics });
  });
}
