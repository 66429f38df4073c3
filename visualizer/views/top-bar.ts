// Top bar: which run this is, what is being told at this moment, and what the checkers said in the end.

import { select } from "d3";
import type { PageHeader, PageVerdict } from "../trace-types.js";

export interface TopBarView {
  draw(narration: string): void;
}

/** Builds the bar inside a container; `goTo` is called with the seq at which a violation was seen. */
export function createTopBar(container: HTMLElement, header: PageHeader, goTo: (seq: number) => void): TopBarView {
  const root = select(container);
  root.selectAll("*").remove();
  root.append("span").attr("class", "scenario").text(header.scenario);
  const digest = header.digest === "" ? "" : `\ndigest ${header.digest}`;
  root.append("span").attr("class", "run").style("white-space", "pre").text(`seed ${header.seed}${digest}`);
  const narration = root.append("span").attr("class", "narration").attr("aria-live", "polite");
  const verdicts = root.append("span").attr("class", "verdicts");
  const passed = header.verdicts.filter((verdict) => verdict.ok);
  const failed = header.verdicts.filter((verdict) => !verdict.ok);
  verdicts
    .selectAll("button")
    .data(failed)
    .join("button")
    .attr("class", "chip bad")
    .attr("title", (verdict) => `${verdict.claim}\n${verdict.message}`)
    .text((verdict) => `✖ ${verdict.checker}`)
    .on("click", (_, verdict) => {
      if (verdict.seq > 0) goTo(verdict.seq);
    });
  if (passed.length > 0) {
    verdicts
      .append("span")
      .attr("class", "chip good")
      .attr("title", claimsText(passed))
      .text(passedText(passed.length));
  }
  return {
    draw(text) {
      narration.text(text).attr("title", text);
    },
  };
}

function claimsText(verdicts: readonly PageVerdict[]): string {
  return verdicts.map((verdict) => `✔ ${verdict.checker}: ${verdict.claim}`).join("\n");
}

function passedText(count: number): string {
  return count === 1 ? "✔ 1 claim holds" : `✔ ${count} claims hold`;
}
