// Opening a trace by hand: shown when the page carries none, or one it cannot read.

import { select } from "d3";

/** Builds the drop zone inside a container. `open` gets the bytes and returns a sentence if they cannot be shown. */
export function createOpenPanel(
  container: HTMLElement,
  open: (bytes: Uint8Array) => string | undefined,
  problem?: string,
): void {
  const zone = select(container).append("div").attr("class", "drop");
  zone.append("h1").text("Samsa replay");
  zone.append("p").text("Drop a trace here: a .jsonl or .jsonl.gz file that “samsa run --trace” wrote.");
  const error = zone
    .append("p")
    .attr("class", "error")
    .text(problem ?? "");
  const input = zone
    .append("input")
    .attr("type", "file")
    .attr("accept", ".jsonl,.gz,application/gzip")
    .attr("aria-label", "Trace file");

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    error.text("Reading …");
    const bytes = new Uint8Array(await file.arrayBuffer());
    error.text(open(bytes) ?? "");
  }

  input.on("change", () => void take(input.node()!.files?.[0]));
  zone.on("dragover", (event: DragEvent) => {
    event.preventDefault();
    zone.classed("over", true);
  });
  zone.on("dragleave", () => zone.classed("over", false));
  zone.on("drop", (event: DragEvent) => {
    event.preventDefault();
    zone.classed("over", false);
    void take(event.dataTransfer?.files[0]);
  });
}
