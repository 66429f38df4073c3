// Legend: what the colours of the messages mean.

import { select } from "d3";
import { FAMILIES } from "../apis.js";

/** Fills the legend. */
export function drawLegend(container: HTMLElement): void {
  const items = select(container).selectAll("span").data(FAMILIES).join("span");
  items.append("i").style("background", ([family]) => `var(--api-${family})`);
  items.append("span").text(([, words]) => words);
  select(container).append("span").text("● request  ○ response");
}
