// The one partition the quorum replicates, and its place on disk.

import type { Uuid } from "../types.js";

export const METADATA_TOPIC = "__cluster_metadata";
export const METADATA_PARTITION = 0;
/** Kafka's `Uuid.METADATA_TOPIC_ID`, (0, 1): known before any record can tell it. */
export const METADATA_TOPIC_ID: Uuid = "AAAAAAAAAAAAAAAAAAAAAQ";

export const METADATA_LOG_DIRECTORY = `metadata/${METADATA_TOPIC}-${METADATA_PARTITION}`;
