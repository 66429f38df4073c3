// A scenario's own claim that did not hold.

/** Thrown by `World.expect`; the message names the claim. */
export class ExpectationFailed extends Error {
  override readonly name = "ExpectationFailed";
  readonly fact: string;

  constructor(fact: string, seed: number, nowMs: number) {
    super(`the scenario claims that ${fact}; at ${nowMs} ms (seed ${seed}) it is not so`);
    this.fact = fact;
  }
}
