// Holds: messages stopped at their receiver's door until the script lets them go on.

import { apiKeyOf, APIS, type ApiName } from "../../core/protocol/apis.js";
import { holdRule } from "../network/rules.js";
import type { SimulatedWorld } from "./simulated-world.js";
import type { Hold, MessageFilter } from "./world.js";

/** Begins to hold what matches; whom the filter names is found now. */
export function holdMessages(world: SimulatedWorld, filter: MessageFilter): Hold {
  const { api, kind, from, to, first = Infinity, where } = filter;
  if (api !== undefined) world.expect(`"${api}" is the name of a Kafka API`, Object.hasOwn(APIS, api));
  const rule = holdRule({
    ...(api === undefined ? {} : { apiKey: apiKeyOf(api as ApiName) }),
    ...(kind === undefined ? {} : { kind }),
    ...(from === undefined ? {} : { from: world.state.resolveTarget(from) }),
    ...(to === undefined ? {} : { to: world.state.resolveTarget(to) }),
  });
  const held = new Set<number>();
  const remove = world.cluster.network.addMessageRule((transit) => {
    if (held.size >= first && !held.has(transit.id)) return "pass";
    const isSpared = where !== undefined && !where(transit.message.body as Readonly<Record<string, unknown>>);
    const verdict = isSpared ? "pass" : rule(transit);
    if (verdict === "hold") held.add(transit.id);
    return verdict;
  });
  let isReleased = false;
  return {
    get heldCount() {
      return held.size;
    },
    release() {
      if (!isReleased) remove();
      isReleased = true;
    },
  };
}
