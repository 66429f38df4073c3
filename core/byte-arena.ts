// Byte arena: cuts small byte arrays from larger ones.
// An engine reserves memory outside its heap for every array of its own, which takes longer than handling a message
// (3.5 µs against 0.1 µs for a view). A large array lives as long as any piece of it, so things that go at different
// times use different arenas: one for each log and each file, one for what a message carries and soon forgets.
// Pieces are handed out once and never reused; whoever asks for one owns it.

/** What a new arena reserves first; each further reservation doubles, so that a rarely used arena stays small. */
const FIRST_SLAB_BYTES = 1_024;
const LARGEST_SLAB_BYTES = 65_536;
/** Anything larger gets memory of its own: the end of a slab left unused stays small. */
const LARGEST_PIECE_BYTES = LARGEST_SLAB_BYTES / 8;

/** Before anything was asked for: most arenas of a short run never are. */
const NO_SLAB = new ArrayBuffer(0);

export class ByteArena {
  private slab = NO_SLAB;
  private usedBytes = 0;
  private nextSlabBytes = FIRST_SLAB_BYTES;

  /** An array of zeros. */
  allocate(lengthBytes: number): Uint8Array<ArrayBuffer> {
    if (lengthBytes > LARGEST_PIECE_BYTES) return new Uint8Array(lengthBytes);
    if (this.usedBytes + lengthBytes > this.slab.byteLength) this.startSlab(lengthBytes);
    const piece = new Uint8Array(this.slab, this.usedBytes, lengthBytes);
    this.usedBytes += lengthBytes;
    return piece;
  }

  /** An array of its own with the same content. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const piece = this.allocate(bytes.length);
    piece.set(bytes);
    return piece;
  }

  private startSlab(neededBytes: number): void {
    while (this.nextSlabBytes < neededBytes) this.nextSlabBytes *= 2;
    this.slab = new ArrayBuffer(this.nextSlabBytes);
    this.usedBytes = 0;
    this.nextSlabBytes = Math.min(this.nextSlabBytes * 2, LARGEST_SLAB_BYTES);
  }
}

/** For what lives about as long as the message that carries it. What is kept longer is copied by whoever keeps it. */
export const PASSING_BYTES = new ByteArena();

/** Bytes [start, end) of `bytes`, not copied. As `subarray`, at a third of its cost. */
export function bytesView(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, end - start);
}
