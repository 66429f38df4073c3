// Requests that name a topic twice: which of the two was meant, nobody can say, so neither is done.
// Such a name is answered once, as in Kafka's ControllerApis: a client finds its answers by name.

import { Errors } from "../errors.js";
import { apiError, type ApiError } from "./api-error.js";

export const DUPLICATE_NAME: ApiError = apiError(Errors.INVALID_REQUEST, "Duplicate topic name.");

/** The first entry of every key, in the order asked, and whether there were others. */
export function withoutRepetitions<T>(
  entries: readonly T[],
  keyOf: (entry: T) => string,
): readonly { readonly entry: T; readonly isRepeated: boolean }[] {
  const byKey = new Map<string, { entry: T; isRepeated: boolean }>();
  for (const entry of entries) {
    const first = byKey.get(keyOf(entry));
    if (first === undefined) byKey.set(keyOf(entry), { entry, isRepeated: false });
    else first.isRepeated = true;
  }
  return [...byKey.values()];
}
