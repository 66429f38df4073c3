// Embedding: puts a trace into the built replay page, so that one HTML file holds page and run together.
// Used by the command line; knows nothing of files or of the DOM.

const SLOT_OPEN = '<script type="text/plain" id="samsa-trace">';
const SLOT = `${SLOT_OPEN}</script>`;

/**
 * The page with the trace inside.
 * @param template text of the built `index.html`
 * @param gzippedBase64 base64 of the gzipped trace file
 * @throws Error if the template is not the replay page
 */
export function embedTrace(template: string, gzippedBase64: string): string {
  const at = template.indexOf(SLOT);
  if (at < 0) throw new Error("The replay page has no empty slot for a trace.");
  const contentAt = at + SLOT_OPEN.length;
  return template.slice(0, contentAt) + gzippedBase64 + template.slice(contentAt);
}
