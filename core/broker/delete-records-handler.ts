// DeleteRecords: deletes what lies below an offset, once every live replica has moved its log start (KIP-107).

import { Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { DeleteRecordsEntry } from "../replication/record-deleter.js";
import type { DataPlane } from "./data-plane.js";
import type { RequestContext } from "./request-context.js";

type PartitionResponse = ResponseBody<"DeleteRecords">["topics"][number]["partitions"][number];

/** Answers DeleteRecords v0–2. */
export function handleDeleteRecords(
  plane: DataPlane,
  body: RequestBody<"DeleteRecords">,
  context: RequestContext<"DeleteRecords">,
): void {
  const asked = body.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, offset }) => ({ topic: name, partition: partitionIndex, offset })),
  );
  // What the cluster does not know is unknown whatever else its name says, as that of an internal topic does.
  const isKnown = ({ topic, partition }: DeleteRecordsEntry): boolean =>
    plane.image.partition(topic, partition) !== undefined;
  const unknown = asked
    .filter((entry) => !isKnown(entry))
    .map((entry) => ({ ...entry, lowWatermark: -1, error: Errors.UNKNOWN_TOPIC_OR_PARTITION }));
  plane.replicaManager.deleteRecords(body.timeoutMs, asked.filter(isKnown), (results) => {
    const byTopic = new Map<string, PartitionResponse[]>();
    for (const { topic, partition, lowWatermark, error } of [...unknown, ...results]) {
      let partitions = byTopic.get(topic);
      if (partitions === undefined) byTopic.set(topic, (partitions = []));
      partitions.push({ partitionIndex: partition, lowWatermark, errorCode: error });
    }
    const topics = [...byTopic].map(([name, partitions]) => ({ name, partitions }));
    context.reply({ throttleTimeMs: 0, topics });
  });
}
