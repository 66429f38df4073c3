// Frame splitter: cuts a byte stream back into frames.
// TCP keeps no message boundaries: a chunk may hold half a frame or ten. One splitter serves one direction of one
// connection; a host feeds it what the socket delivers.

import { ByteReader } from "./bytes.js";
import { MalformedMessageError } from "./errors.js";

const SIZE_BYTES = 4;
/** Default of `socket.request.max.bytes`: 100 MiB. */
export const MAX_FRAME_BYTES = 104_857_600;

export class FrameSplitter {
  readonly #maxFrameBytes: number;
  /** Chunks not yet cut up, in order; together `#bufferedBytes` long. */
  #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  /** How many bytes must be there before looking again makes sense. */
  #neededBytes = SIZE_BYTES;

  constructor(maxFrameBytes: number = MAX_FRAME_BYTES) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /**
   * Takes the next chunk (which the caller must not change afterwards) and returns the frames it completed, without
   * their sizes.
   * @param frames where they are put; after an error it holds those that came before what was wrong
   * @throws MalformedMessageError if a frame announces a negative size or one beyond the limit
   */
  feed(chunk: Uint8Array, frames: Uint8Array[] = []): readonly Uint8Array[] {
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    if (this.#bufferedBytes < this.#neededBytes) return frames;
    let rest = this.#join();
    this.#neededBytes = SIZE_BYTES;
    while (rest.length >= SIZE_BYTES) {
      const size = new ByteReader(rest).int32();
      if (size < 0 || size > this.#maxFrameBytes) throw new MalformedMessageError(`a frame of ${size} bytes`);
      const frameEnd = SIZE_BYTES + size;
      if (rest.length < frameEnd) {
        this.#neededBytes = frameEnd;
        break;
      }
      frames.push(rest.subarray(SIZE_BYTES, frameEnd));
      rest = rest.subarray(frameEnd);
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bufferedBytes = rest.length;
    return frames;
  }

  #join(): Uint8Array {
    if (this.#chunks.length === 1) return this.#chunks[0]!;
    const whole = new Uint8Array(this.#bufferedBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}
