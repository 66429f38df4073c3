// Replay: one trace on the page. Builds the views, and redraws them when time, size or theme change.
// This file alone knows all views; each view knows none of the others.

import { apiOf } from "./apis.js";
import { indexMessages, type Flight } from "./message-index.js";
import type { PartitionState } from "./model/state.js";
import { createPlayback } from "./playback.js";
import { faultSpans, tellStory } from "./story.js";
import { readTheme } from "./theme.js";
import type { Trace } from "./trace-source.js";
import { createControls } from "./views/controls.js";
import { createInspector } from "./views/inspector.js";
import { drawLegend } from "./views/legend.js";
import type { LogHit } from "./views/log-canvas.js";
import { createLogsView } from "./views/logs.js";
import { layoutStage, layoutTallStage, leastStageHeight } from "./views/stage-layout.js";
import { drawStage, type StageEvents } from "./views/stage.js";
import { createStoryList } from "./views/story-list.js";
import { createTimeline } from "./views/timeline.js";
import { createTooltip } from "./views/tooltip.js";
import { createTopBar } from "./views/top-bar.js";
import { createViewModel } from "./view-model.js";
import { nodeNamer, sizeText } from "./words.js";

/** How long the address keeps still while time runs: browsers limit how often it may change. */
const ADDRESS_EVERY_MS = 500;

/** Where panels lie below one another, as the style sheet has it; the page then scrolls. */
const STACKED = "(max-width: 899px)";

/** Shows a trace on the page, which must be visible already, for sizes to be known. */
export function startReplay(trace: Trace): void {
  const name = nodeNamer(trace.header);
  const messages = indexMessages(trace);
  const story = tellStory(trace);
  const viewModel = createViewModel(trace);
  let dirty = true;
  const playback = createPlayback(trace, story, () => (dirty = true));
  const goToSeq = (seq: number): void => playback.goTo(trace.indexOfSeq(seq));
  const redraw = (): void => void (dirty = true);

  const stage = element<SVGSVGElement>("stage");
  const tooltip = createTooltip(element("tooltip"));
  const topBar = createTopBar(element("top-bar"), trace.header, goToSeq);
  const storyList = createStoryList(element("story-panel"), story, (item) => playback.goTo(item.index));
  const inspector = createInspector(element("inspector-panel"), trace, messages, name, goToSeq);
  const controls = createControls(element("controls"), playback, trace.startUs, trace.endUs);
  const timeline = createTimeline(element<SVGSVGElement>("timeline"), trace, story, faultSpans(trace), playback.seek);
  drawLegend(element("legend"));

  const logs = createLogsView(element("logs-panel"), {
    hover: (partition, hit, pointer) => tooltip.show(batchText(partition, hit, name), pointer.clientX, pointer.clientY),
    pickBatch: playback.select,
    changed: redraw,
  });
  const stageEvents: StageEvents = {
    hoverMessage: (flight, pointer) =>
      tooltip.show(flight && messageText(flight, name), pointer.clientX, pointer.clientY),
    pickMessage: (flight) => playback.select(flight.sent.seq),
    pickNode: playback.selectNode,
  };

  const stacked = matchMedia(STACKED);
  let theme = readTheme();
  const measureStage = () => {
    const { textScale } = theme;
    if (stacked.matches) {
      const tall = layoutTallStage(trace.header, stage.clientWidth / textScale);
      stage.style.height = `${tall.height * textScale}px`;
      return tall;
    }
    stage.style.height = "";
    const leastHeight = leastStageHeight(trace.header, stage.clientWidth / textScale) * textScale;
    const legendHeight = stage.parentElement!.clientHeight - stage.clientHeight;
    // A crowded stage takes from the logs below it.
    document.documentElement.style.setProperty("--least-stage-height", `${leastHeight + legendHeight}px`);
    return layoutStage(trace.header, stage.clientWidth / textScale, stage.clientHeight / textScale);
  };
  let layout = measureStage();

  function draw(): void {
    const { timeUs, selectedSeq, selectedNode } = playback;
    const state = viewModel.stateAt(timeUs);
    drawStage(stage, { state, messages, timeUs, layout, selectedSeq, selectedNode }, stageEvents);
    logs.draw({ state, timeUs, theme, name });
    topBar.draw(state.narration);
    storyList.draw(timeUs);
    inspector.draw({ state, timeUs, nodeId: selectedNode, seq: selectedSeq });
    timeline.draw(timeUs);
    controls.draw();
  }

  let addressAtMs = 0;
  let lastMs: number | undefined;
  function frame(nowMs: number): void {
    playback.advance(Math.min(100, nowMs - (lastMs ?? nowMs)));
    lastMs = nowMs;
    if (dirty) {
      dirty = false;
      draw();
      const isTimeForAddress = !playback.playing || nowMs - addressAtMs > ADDRESS_EVERY_MS;
      if (isTimeForAddress) {
        addressAtMs = nowMs;
        history.replaceState(null, "", `#t=${playback.timeUs}`);
      }
    }
    requestAnimationFrame(frame);
  }

  const measure = (): void => {
    theme = readTheme();
    layout = measureStage();
    timeline.resize();
    logs.resize();
    redraw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", measure);
  new ResizeObserver(measure).observe(document.body);
  window.addEventListener("hashchange", () => seekToAddress());

  function seekToAddress(): void {
    const asked = /^#t=(\d+)$/.exec(location.hash);
    if (asked !== null) playback.seek(Number(asked[1]));
  }

  seekToAddress();
  requestAnimationFrame(frame);
}

function element<E extends Element = HTMLElement>(id: string): E {
  return document.getElementById(id) as Element as E;
}

function messageText({ sent, lost }: Flight, name: (id: number) => string): string {
  const { name: api, about } = apiOf(sent.apiKey);
  const fate = lost ? "\nIt will be lost." : "";
  const title = `${api} ${sent.kind} v${sent.apiVersion} · ${name(sent.from)} → ${name(sent.to)}`;
  return `${title} · ${sizeText(sent.sizeBytes)}\n${about}${fate}`;
}

function batchText(
  partition: PartitionState,
  hit: LogHit | undefined,
  name: (id: number) => string,
): string | undefined {
  if (hit === undefined) return undefined;
  const { cell, replica, nodeId } = hit;
  const where = `${partition.key} on ${name(nodeId)}`;
  if (cell === undefined) {
    return `${where}\nlog ${replica.logStartOffset}–${replica.logEndOffset}, high watermark ${replica.highWatermark}`;
  }
  const what = cell.batches === 1 ? "1 batch" : `${cell.batches} batches`;
  const seen = cell.to <= replica.highWatermark ? "below the high watermark" : "not yet below the high watermark";
  return `${where}\n${what}, offsets ${cell.from}–${cell.to - 1}, leader epoch ${cell.leaderEpoch}\n${seen}`;
}
