// Deletion of topics, asked for by name or by id: what a request may say, as Kafka's ControllerApis reads it.
// What is asked for twice is not deleted, under whatever names: such a request was made by mistake, and a deletion
// cannot be undone.

import { Errors } from "../errors.js";
import type { TopicImage } from "../metadata/registrations.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { metadataRecord, type MetadataRecord } from "../protocol/messages/metadata-records.js";
import { ZERO_UUID, type Uuid } from "../types.js";
import { apiError, NO_ERROR, type ApiError } from "./api-error.js";
import type { ControllerResult, ControllerState } from "./controller-state.js";
import { DUPLICATE_NAME, withoutRepetitions } from "./repetitions.js";

interface Wanted {
  readonly name: string | null;
  readonly topicId: Uuid;
}

type Row = ResponseBody<"DeleteTopics">["responses"][number];

/** By name up to version 5, by name or id from 6 on. */
export function deleteTopics(
  state: ControllerState,
  body: RequestBody<"DeleteTopics">,
  apiVersion: number,
): ControllerResult<ResponseBody<"DeleteTopics">> {
  const wanted: readonly Wanted[] =
    apiVersion >= 6 ? body.topics : body.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
  const records: MetadataRecord[] = [];
  const responses = state.config["delete.topic.enable"]
    ? rowsOf(state, wanted, records)
    : wanted.map((entry) => ({ ...entry, ...apiError(Errors.TOPIC_DELETION_DISABLED) }));
  return { records, response: { throttleTimeMs: 0, responses } };
}

function rowsOf(state: ControllerState, wanted: readonly Wanted[], records: MetadataRecord[]): Row[] {
  const malformed = wanted.flatMap((entry) => {
    const error = malformation(entry);
    return error === undefined ? [] : [{ ...entry, ...error }];
  });
  const wellFormed = wanted.filter((entry) => malformation(entry) === undefined);
  const distinct = withoutRepetitions(wellFormed, ({ name, topicId }) => `${name}/${topicId}`);
  const topicOf = ({ name, topicId }: Wanted): TopicImage | undefined =>
    name === null ? state.image.topicsById.get(topicId) : state.image.topics.get(name);
  const askedById = new Set(wellFormed.filter(({ name }) => name === null).map(topicOf));
  const askedByName = new Set(
    distinct.filter(({ entry, isRepeated }) => entry.name !== null && !isRepeated).map(({ entry }) => topicOf(entry)),
  );
  const rows = distinct.flatMap(({ entry, isRepeated }): Row[] => {
    const isById = entry.name === null;
    if (isRepeated) {
      return [{ ...entry, ...(isById ? apiError(Errors.INVALID_REQUEST, "Duplicate topic id.") : DUPLICATE_NAME) }];
    }
    const topic = topicOf(entry);
    if (topic === undefined) {
      return [{ ...entry, ...apiError(isById ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION) }];
    }
    const { name, topicId } = topic;
    // One row for both: the one by name.
    if (isById && askedByName.has(topic)) return [];
    if (!isById && askedById.has(topic)) {
      const message = "The provided topic name maps to an ID that was already supplied.";
      return [{ name, topicId, ...apiError(Errors.INVALID_REQUEST, message) }];
    }
    records.push(metadataRecord("RemoveTopicRecord", { topicId }));
    return [{ name, topicId, ...NO_ERROR }];
  });
  return [...malformed, ...rows];
}

function malformation({ name, topicId }: Wanted): ApiError | undefined {
  const hasId = topicId !== ZERO_UUID;
  if ((name !== null) !== hasId) return undefined;
  const message = hasId
    ? "You may not specify both topic name and topic id."
    : "Neither topic name nor id were specified.";
  return apiError(Errors.INVALID_REQUEST, message);
}
