// Replica sets: an ISR as bits of a number, since a model's replicas are few and its states are many.
// Replica 0 is called A, 1 is B, 2 is C.

export type ReplicaIndex = number;
export type ReplicaSet = number;

/** "Nobody" where a replica is expected. */
export const NOBODY: ReplicaIndex = -1;

export function everybody(replicas: number): ReplicaSet {
  return (1 << replicas) - 1;
}

export function has(set: ReplicaSet, replica: ReplicaIndex): boolean {
  return ((set >> replica) & 1) === 1;
}

export function withMember(set: ReplicaSet, replica: ReplicaIndex): ReplicaSet {
  return set | (1 << replica);
}

export function withoutMember(set: ReplicaSet, replica: ReplicaIndex): ReplicaSet {
  return set & ~(1 << replica);
}

/** True if `holds` is true of every member. */
export function everyMember(set: ReplicaSet, holds: (replica: ReplicaIndex) => boolean): boolean {
  for (let replica = 0; set >> replica > 0; replica++) if (has(set, replica) && !holds(replica)) return false;
  return true;
}

export function membersOf(set: ReplicaSet): ReplicaIndex[] {
  const members: ReplicaIndex[] = [];
  for (let replica = 0; set >> replica > 0; replica++) if (has(set, replica)) members.push(replica);
  return members;
}

export function nameOf(replica: ReplicaIndex): string {
  return replica === NOBODY ? "nobody" : "ABCDEFGH".charAt(replica);
}

export function namesOf(set: ReplicaSet): string {
  const names = membersOf(set).map(nameOf);
  return names.length === 0 ? "nobody" : names.join(" and ");
}
