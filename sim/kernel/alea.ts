// Alea: the one generator everything drawn comes from (Johannes Baagøe's, by way of seedrandom).
// Imported by its own file: seedrandom's main entry asks for Node's crypto module, which browsers lack, and its types
// describe that entry only.

// @ts-expect-error -- the package's types do not cover this file; the annotation below does.
import untyped from "seedrandom/lib/alea.js";

/** Makes a generator of numbers in [0, 1), all multiples of 2^-32, from a seed. */
export const alea = untyped as (seed: string) => () => number;
