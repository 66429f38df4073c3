// A link: the pair of nodes at its ends, whichever of them speaks. A way: one direction of it.

/** Key of the link between two nodes: the same from either end. */
export function linkKey(a: number, b: number): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}

/** Key of the way that messages of one node to another take. */
export function wayKey(from: number, to: number): string {
  return `${from}>${to}`;
}
