// A link: the pair of nodes at its ends, whichever of them speaks.

/** Key of the link between two nodes: the same from either end. */
export function linkKey(a: number, b: number): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}
