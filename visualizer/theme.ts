// Colours and letters for the canvases, read from the style sheet so that light and dark are decided in one place.

export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly faint: string;
  readonly panel: string;
  readonly accent: string;
  readonly bad: string;
  readonly warn: string;
  readonly group: string;
  readonly cellInk: string;
  readonly fontFamily: string;
  /** How much larger than usual letters are on this screen: 1 on a laptop, more on a projector. */
  readonly textScale: number;
  /** Fill of batches by leader epoch; epochs beyond the list start over. */
  epochColour(leaderEpoch: number): string;
}

const EPOCH_COLOURS = 8;
const USUAL_FONT_PX = 14;

/** The theme as the style sheet gives it now. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const epochs = Array.from({ length: EPOCH_COLOURS }, (_, i) => colour(`epoch-${i}`));
  return {
    ink: colour("ink"),
    muted: colour("muted"),
    line: colour("line"),
    faint: colour("faint"),
    panel: colour("panel"),
    accent: colour("accent"),
    bad: colour("bad"),
    warn: colour("warn"),
    group: colour("api-group"),
    cellInk: colour("cell-ink"),
    fontFamily: style.fontFamily,
    textScale: Number.parseFloat(style.fontSize) / USUAL_FONT_PX,
    epochColour: (leaderEpoch) => epochs[((leaderEpoch % EPOCH_COLOURS) + EPOCH_COLOURS) % EPOCH_COLOURS]!,
  };
}
