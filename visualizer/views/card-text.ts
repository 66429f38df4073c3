// Card text: what fits on a node's card. Widths are reckoned from the number of characters, never asked of the
// browser, so that the same moment looks the same everywhere.

/** Width of an average character, in pixels, in the fonts of `style.css`. */
const NAME_CHARACTER = 8.6;
const DETAIL_CHARACTER = 6.2;
const STATUS_CHARACTER = 7.6;
/** Space left and right of the text, and between name and status. */
const PADDING = 24;
const GAP = 8;

export interface CardText {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

/**
 * The longest wording that fits.
 * @param details wordings of the second line, longest first; the last may be empty
 */
export function fitCard(name: string, status: string, details: readonly string[], cardWidth: number): CardText {
  const room = cardWidth - PADDING;
  const statusWidth = status === "" ? 0 : status.length * STATUS_CHARACTER + GAP;
  const detail = details.find((wording) => wording.length * DETAIL_CHARACTER <= room) ?? "";
  const fitsBeside = name.length * NAME_CHARACTER + statusWidth <= room;
  const shortName = fitText(name, NAME_CHARACTER, room);
  if (fitsBeside || status === "") return { name: fitsBeside ? name : shortName, status, detail };
  // A sign alone (the active controller's) is told by the card's border too.
  if (status.length === 1) return { name: shortName, status: "", detail };
  // No room beside the name: what the node does matters more than how much.
  return { name: shortName, status: "", detail: fitText(status, DETAIL_CHARACTER, room) };
}

/** Text cut to a width; host names keep their number: "controller-101" becomes "c-101" before it is cut. */
function fitText(text: string, characterWidth: number, room: number): string {
  if (text.length * characterWidth <= room) return text;
  const short = text.replace(/^([a-z])[a-z]*-(\d+)$/, "$1-$2");
  const most = Math.max(1, Math.floor(room / characterWidth));
  return short.length <= most ? short : `${short.slice(0, Math.max(1, most - 1))}…`;
}
