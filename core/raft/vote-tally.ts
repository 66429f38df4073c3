// Counts the answers of one election or pre-election: majority for, majority against, or not yet.

import type { NodeId } from "../types.js";

export class VoteTally {
  readonly #voters: readonly NodeId[];
  readonly #majority: number;
  readonly #granted = new Set<NodeId>();
  readonly #rejected = new Set<NodeId>();

  constructor(voters: readonly NodeId[]) {
    this.#voters = voters;
    this.#majority = Math.floor(voters.length / 2) + 1;
  }

  grant(voter: NodeId): void {
    if (this.#voters.includes(voter) && !this.#rejected.has(voter)) this.#granted.add(voter);
  }

  reject(voter: NodeId): void {
    if (this.#voters.includes(voter) && !this.#granted.has(voter)) this.#rejected.add(voter);
  }

  get isGranted(): boolean {
    return this.#granted.size >= this.#majority;
  }

  /** So many refused that a majority can no longer be reached. */
  get isRejected(): boolean {
    return this.#voters.length - this.#rejected.size < this.#majority;
  }

  /** Voters that said yes, by id. */
  get grantingVoters(): readonly NodeId[] {
    return [...this.#granted].sort((a, b) => a - b);
  }

  /** Voters that have not answered, in the order of the voter set. */
  get unrecorded(): readonly NodeId[] {
    return this.#voters.filter((voter) => !this.#granted.has(voter) && !this.#rejected.has(voter));
  }
}
