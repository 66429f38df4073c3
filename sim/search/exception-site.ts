// Exception site: where in core/ an exception came from, as a name that is the same on every machine and in every
// build: the function and its file, without line numbers. It is read when a run is over, so nothing that happens in
// a run depends on it.

/** "log/log Log.append", from the innermost frame in core/; undefined if there is none. */
export function exceptionSite(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // A node's failure wraps what its code threw.
  if (error.cause instanceof Error) return exceptionSite(error.cause);
  for (const line of (error.stack ?? "").split("\n")) {
    const match = /^\s*at (?:(?:new )?(\S+) )?.*\bcore\/([\w/-]+)\.[jt]s/.exec(line);
    // assert throws for others.
    if (match !== null && match[2] !== "assert") return `${match[2]} ${match[1] ?? "top level"}`;
  }
  return undefined;
}
