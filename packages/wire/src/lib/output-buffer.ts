/**
 * The bytes a connection is about to write: one growing array that frames are encoded straight into, so that a
 * burst of replies costs one write. Whoever reserves space must fill all of it. The fields are public because
 * every frame writer stores into them byte by byte.
 */
const keptSizeBytes = 256 * 1024;

/** Growing array of outgoing bytes; `bytes[0, length)` is filled. */
export class OutputBuffer {
  /** Backing store; replaced when it grows, so never keep it across a `reserve`. */
  bytes: Uint8Array;
  /** Number of bytes filled. */
  length = 0;
  readonly #initialSizeBytes: number;
  /** What was needed lately: who sends much grows in one step, who sends little holds little. */
  #usualSizeBytes = 0;

  constructor(initialSizeBytes: number) {
    this.#initialSizeBytes = initialSizeBytes;
    this.bytes = new Uint8Array(initialSizeBytes);
  }

  /** Makes room for `sizeBytes` more and returns the offset at which they start. */
  reserve(sizeBytes: number): number {
    const at = this.length;
    const end = at + sizeBytes;
    if (end > this.bytes.length) this.#grow(end);
    this.length = end;
    return at;
  }

  /** The filled part, without a copy; valid until the next call of any method. */
  view(): Uint8Array {
    return new Uint8Array(this.bytes.buffer, 0, this.length);
  }

  /** Forgets the content and keeps the memory: only when nobody holds the last view any more. */
  reuse(): void {
    if (this.bytes.length > keptSizeBytes) this.bytes = new Uint8Array(this.#initialSizeBytes);
    this.length = 0;
  }

  /** Forgets the content and the memory: the holder of the last view owns it from now on. */
  release(): void {
    this.#usualSizeBytes = Math.min(this.bytes.length, keptSizeBytes);
    this.bytes = new Uint8Array(this.#initialSizeBytes);
    this.length = 0;
  }

  #grow(sizeBytes: number): void {
    let capacity = Math.max(this.bytes.length * 2, this.#usualSizeBytes);
    while (capacity < sizeBytes) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
