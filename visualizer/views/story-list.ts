// Story list: the run told as sentences, the present one lit. Click one to go there.

import { select } from "d3";
import { MARKS } from "../marks.js";
import { lowerBound } from "../trace-source.js";
import type { StoryItem } from "../story.js";
import { shortTimeText } from "../words.js";

export interface StoryView {
  draw(timeUs: number): void;
}

/** Builds the list inside a container. */
export function createStoryList(
  container: HTMLElement,
  story: readonly StoryItem[],
  goTo: (item: StoryItem) => void,
): StoryView {
  const root = select(container);
  const head = root.append("div").attr("class", "panel-head").text("Story");
  head.append("small").text(`${story.length} interesting events`);
  const list = root.append("ol").attr("class", "story");
  const items = list
    .selectAll<HTMLLIElement, StoryItem>("li")
    .data(story)
    .join("li")
    .attr("class", (item) => item.kind)
    .on("click", (_, item) => goTo(item));
  items.append("time").text((item) => shortTimeText(item.atUs));
  items
    .append("svg")
    .attr("class", (item) => `sign mark-${item.kind}`)
    .attr("viewBox", "0 0 16 16")
    .append("path")
    .attr("d", (item) => MARKS[item.kind]);
  items.append("p").text((item) => item.text);
  const elements = items.nodes();
  let shownCount = 0;
  for (const element of elements) element.classList.add("later");

  return {
    draw(timeUs) {
      const count = lowerBound(story.length, (i) => story[i]!.atUs > timeUs);
      if (count === shownCount) return;
      elements[shownCount - 1]?.classList.remove("current");
      const [low, high] = count < shownCount ? [count, shownCount] : [shownCount, count];
      for (let i = low; i < high; i++) elements[i]!.classList.toggle("later", i >= count);
      shownCount = count;
      const current = elements[count - 1];
      current?.classList.add("current");
      if (current !== undefined) reveal(list.node()!, current);
    },
  };
}

/** Scrolls the list, and only the list, until the element is well inside. */
function reveal(list: HTMLElement, element: HTMLElement): void {
  const top = element.offsetTop - list.offsetTop;
  const isInside = top > list.scrollTop + 10 && top + element.offsetHeight < list.scrollTop + list.clientHeight - 30;
  if (!isInside) list.scrollTop = top - list.clientHeight * 0.6;
}
