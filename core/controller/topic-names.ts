// Legal topic names. They become directory and metric names, so the alphabet is small and two names must not differ
// only in "." and "_".

const MAX_LENGTH = 249;

/** Why `name` is no legal topic name; undefined if it is one. */
export function topicNameError(name: string): string | undefined {
  if (name.length === 0) return "Topic name is invalid: the empty string is not allowed";
  if (name === "." || name === "..") return "Topic name is invalid: '.' or '..' is not allowed";
  if (name.length > MAX_LENGTH) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${MAX_LENGTH}`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return (
      `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, ` +
      "'.', '_' and '-'"
    );
  }
  return undefined;
}

/** An existing name that would share a metric name with `name`. */
export function collidingName(name: string, existing: Iterable<string>): string | undefined {
  if (!name.includes(".") && !name.includes("_")) return undefined;
  const unified = name.replaceAll(".", "_");
  for (const other of existing) if (other !== name && other.replaceAll(".", "_") === unified) return other;
  return undefined;
}
