// A broker's line to the active controller, whoever that is at the moment.
// It hides the search for the controller: NOT_CONTROLLER and lost connections mean "look again", never an answer.

import type { ApiName, RequestBody, ResponseBody } from "./apis.js";

/** Outcome of a request to the controller: its response, or nothing within the time-out. */
export type ControllerOutcome<A extends ApiName> =
  { readonly ok: true; readonly body: ResponseBody<A> } | { readonly ok: false; readonly reason: "timed-out" };

export interface ControllerChannel {
  /**
   * Sends to the active controller, in the order of the calls, one request in flight at a time. Repeats on a lost
   * connection or while no controller is known until `timeoutMs` has passed (undefined: for ever).
   * `onOutcome` is called once, later. An error inside the response body other than NOT_CONTROLLER is the caller's.
   */
  send<A extends ApiName>(
    api: A,
    body: RequestBody<A>,
    onOutcome: (outcome: ControllerOutcome<A>) => void,
    timeoutMs?: number,
  ): void;
}
