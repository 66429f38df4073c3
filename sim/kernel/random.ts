// Random streams: one generator per purpose and node, derived from the seed by name.
// A draw added in one place therefore moves nothing elsewhere, which is what makes shrinking and pinned seeds work.
// Everything drawn is an integer: floating-point decisions may differ between engines.

import { alea } from "./alea.js";
import { assert } from "../../core/assert.js";
import type { Random } from "../../core/environment.js";
import { ZERO_UUID, type Uuid } from "../../core/types.js";

/** Told of every draw when a draw log is kept: the first difference between two logs is where two runs diverge. */
export type DrawListener = (stream: string, bound: number, value: number) => void;

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MAX_BOUND = 4294967296;

export class RandomStream implements Random {
  readonly name: string;
  private readonly next: () => number;
  private readonly log: { onDraw: DrawListener | undefined };

  constructor(seed: number, name: string, log: { onDraw: DrawListener | undefined } = { onDraw: undefined }) {
    this.name = name;
    this.next = alea(`${seed}/${name}`);
    this.log = log;
  }

  below(bound: number): number {
    assert(bound >= 1 && bound <= MAX_BOUND, "a random bound is between 1 and 2^32");
    const value = Math.floor(this.next() * bound);
    if (this.log.onDraw !== undefined) this.log.onDraw(this.name, bound, value);
    return value;
  }

  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  /** A version 4 UUID as Kafka prints it; never the zero UUID, never one that starts like an option ("-"). */
  uuid(): Uuid {
    const bytes = new Uint8Array(16);
    for (let index = 0; index < 16; index++) bytes[index] = this.below(256);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const text = base64Url(bytes);
    return text.startsWith("-") || text === ZERO_UUID ? this.uuid() : text;
  }
}

/** All streams of a run, created when first asked for. */
export class RandomStreams {
  readonly seed: number;
  private readonly streams = new Map<string, RandomStream>();
  private readonly log: { onDraw: DrawListener | undefined } = { onDraw: undefined };

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The stream of that name ("network/1→2", "node/3"); the same object every time. */
  stream(name: string): RandomStream {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = new RandomStream(this.seed, name, this.log);
      this.streams.set(name, stream);
    }
    return stream;
  }

  /** Keeps a log of draws, or stops keeping it. */
  logDraws(onDraw: DrawListener | undefined): void {
    this.log.onDraw = onDraw;
  }
}

function base64Url(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    const characters = Math.min(4, Math.ceil(((bytes.length - index) * 8) / 6));
    for (let place = 0; place < characters; place++) text += BASE64URL[(group >>> (18 - 6 * place)) & 63]!;
  }
  return text;
}
