// Rules: what is wrong with the network at the moment.
// A link rule concerns everything between two nodes in one direction; a message rule looks at each message and returns
// a verdict, and the first decisive verdict wins. Installing a rule returns its removal, so faults heal in any order.

import type { Message } from "../../core/environment.js";
import type { NodeId } from "../../core/types.js";

/** What a link rule does to a direction it affects. Several add up. */
export interface LinkEffect {
  /** Nothing arrives while the rule stands; connections stay open and mute, and all of it arrives afterwards. */
  readonly blocks?: boolean;
  readonly extraUs?: number;
  /** New connections are refused. */
  readonly refuses?: boolean;
}

/** Undefined: this rule does not concern that direction. */
export type LinkRule = (from: NodeId, to: NodeId) => LinkEffect | undefined;

/** A message about to arrive. */
export interface MessageInTransit {
  readonly id: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/** "hold": it waits, and with it all that follows in its direction; "reset": the connection breaks. */
export type Verdict = "pass" | "hold" | "reset";

export type MessageRule = (transit: MessageInTransit) => Verdict;

/** Which messages a `hold` catches; an absent field matches all. */
export interface MessagePattern {
  readonly from?: readonly NodeId[];
  readonly to?: readonly NodeId[];
  readonly apiKey?: number;
  readonly kind?: "request" | "response";
}

/** The rule that holds what matches the pattern. */
export function holdRule(pattern: MessagePattern): MessageRule {
  return ({ from, to, message }) => {
    const matches =
      (pattern.from === undefined || pattern.from.includes(from)) &&
      (pattern.to === undefined || pattern.to.includes(to)) &&
      (pattern.apiKey === undefined || pattern.apiKey === message.apiKey) &&
      (pattern.kind === undefined || pattern.kind === message.kind);
    return matches ? "hold" : "pass";
  };
}
