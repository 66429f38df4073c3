// Card text: what fits on a node's card. Widths are reckoned from the number of characters, never asked of the
// browser, so that the same moment looks the same everywhere.

/** Letters of a name, in the fonts and sizes of `style.css`: narrow, wide (and those of East Asia), and all others. */
const NAME_SIZE = 14.5;
const NARROW = /[ijltfI.,:;'|!() -]/;
const WIDE = /[mwMW@%\u2e80-\uffff]/;
/** Width of an average character of the other texts, in pixels. */
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

/** How wide a card has to be to show the name in full. */
export function cardWidthFor(name: string, textScale: number): number {
  return nameWidth(name) * textScale + PADDING;
}

/** Host names keep their first letter and their number: "controller-101" is "c-101". */
export function shortName(name: string): string {
  return name.replace(/^([a-z])[a-z]*-(\d+)$/, "$1-$2");
}

/**
 * The longest wording that fits.
 * @param details wordings of the second line, longest first; the last may be empty
 * @param textScale size of the letters: 1 as usual
 */
export function fitCard(
  name: string,
  status: string,
  details: readonly string[],
  cardWidth: number,
  textScale = 1,
): CardText {
  const room = (cardWidth - PADDING) / textScale;
  const statusWidth = status === "" ? 0 : status.length * STATUS_CHARACTER + GAP;
  const detail = details.find((wording) => detailWidth(wording) <= room) ?? "";
  if (nameWidth(name) + statusWidth <= room) return { name, status, detail };
  const fitting = fitText(shortName(name), name, nameWidth, room);
  if (status === "") return { name: fitting, status, detail };
  // A sign alone (the active controller's) is told by the card's border too.
  if (status.length === 1) return { name: fitting, status: "", detail };
  // No room beside the name: what the node does matters more than how much, but not more than being fenced too.
  const both = details.map((wording) => `${status}, ${wording}`).find((wording) => detailWidth(wording) <= room);
  return { name: fitting, status: "", detail: both ?? fitText(status, status, detailWidth, room) };
}

/** Width of a text in the second line. */
export function detailWidth(text: string): number {
  return text.length * DETAIL_CHARACTER;
}

function nameWidth(name: string): number {
  let ems = 0;
  for (const letter of name) ems += NARROW.test(letter) ? 0.45 : WIDE.test(letter) ? 1.06 : letter === "r" ? 0.5 : 0.71;
  return ems * NAME_SIZE;
}

/** The text in full, else its short form, cut if even that is too wide. */
function fitText(short: string, full: string, widthOf: (text: string) => number, room: number): string {
  if (widthOf(full) <= room) return full;
  if (widthOf(short) <= room) return short;
  let length = short.length - 1;
  while (length > 1 && widthOf(`${short.slice(0, length)}…`) > room) length -= 1;
  return `${short.slice(0, length)}…`;
}
