// Assertions: facts that only a bug in Samsa can make false.
// An error a peer can observe is a value with Kafka's error code; an exception is a bug in us.
// Assertions stay on in every build: a simulation that runs on after a broken invariant teaches a wrong lesson.

/** Raised when an invariant of the implementation does not hold: always a defect in Samsa, never in its input. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * Fails unless `condition` holds.
 * @param fact the fact that should hold, as a constant sentence ("high watermark is at most the log end offset")
 * @throws AssertionError naming the fact
 */
export function assert(condition: boolean, fact: string): asserts condition {
  if (!condition) throw new AssertionError(`should hold: ${fact}`);
}

/** Returns `value`, failing if it is undefined; `fact` says why it must be present. */
export function assertDefined<T>(value: T | undefined, fact: string): T {
  if (value === undefined) throw new AssertionError(`should hold: ${fact}`);
  return value;
}

/** Ends a `switch` over a union: adding a member makes the call fail to compile. */
export function assertNever(value: never): never {
  throw new AssertionError(`unhandled case: ${String((value as { name?: unknown } | undefined)?.name ?? value)}`);
}
