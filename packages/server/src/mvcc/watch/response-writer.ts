/**
 * Puts event answers together from encoded pieces, one behind the other in one buffer, each with the 5 bytes that gRPC
 * puts in front of a message (0, then the length in 4 bytes, big endian):
 *
 *   00 len len len len { header | watch_id | 38 01 (only of a fragment) | events … }
 *
 * Buffers are handed over with what is taken, and never written again.
 */
import { assert } from "../../lib/assert.ts";

/** Bytes in front of each message. */
export const FRAME_PREFIX_BYTES = 5;
const TAG_FRAGMENT = 0x38;

/** The pieces of one answer. */
export interface ResponseParts {
  readonly headerField: Uint8Array;
  readonly idField: Uint8Array;
  readonly fragment: boolean;
  readonly eventFields: readonly Uint8Array[];
}

/** Bytes of a message made of these parts. */
export function sizeOfResponse({ headerField, idField, fragment, eventFields }: ResponseParts): number {
  let size = headerField.length + idField.length + (fragment ? 2 : 0);
  for (const field of eventFields) size += field.length;
  return size;
}

/** A buffer that answers are written into, and taken from in one piece. */
export class ResponseWriter {
  readonly #slabBytes: number;
  #slab: Uint8Array;
  #start = 0;
  #at = 0;
  #count = 0;

  /** `slabBytes` is the size of a buffer; an answer larger than that gets one of its own. */
  constructor(slabBytes: number) {
    this.#slabBytes = slabBytes;
    this.#slab = new Uint8Array(slabBytes);
  }

  /** Messages written and not yet taken. */
  get count(): number {
    return this.#count;
  }

  /** Whether a message of this size can be written without taking what is there first. */
  fits(size: number): boolean {
    return this.#count === 0 || this.#at + FRAME_PREFIX_BYTES + size <= this.#slab.length;
  }

  /** Writes one answer of a size measured before, that `fits`. */
  write(parts: ResponseParts, size: number): void {
    this.#makeRoom(FRAME_PREFIX_BYTES + size);
    const slab = this.#slab;
    let at = this.#at;
    const end = at + FRAME_PREFIX_BYTES + size;
    slab[at] = 0;
    slab[at + 1] = size >>> 24;
    slab[at + 2] = (size >>> 16) & 255;
    slab[at + 3] = (size >>> 8) & 255;
    slab[at + 4] = size & 255;
    at = put(slab, at + FRAME_PREFIX_BYTES, parts.headerField);
    at = put(slab, at, parts.idField);
    if (parts.fragment) {
      slab[at++] = TAG_FRAGMENT;
      slab[at++] = 1;
    }
    for (const field of parts.eventFields) at = put(slab, at, field);
    assert(at === end, "an answer came out longer or shorter than measured");
    this.#at = end;
    this.#count++;
  }

  /** Everything written since the last call, one frame behind the other; the caller owns it. */
  take(): Uint8Array {
    const frames = this.#slab.subarray(this.#start, this.#at);
    this.#start = this.#at;
    this.#count = 0;
    return frames;
  }

  #makeRoom(size: number): void {
    if (this.#at + size <= this.#slab.length) return;
    assert(this.#count === 0, "what is written must be taken first");
    this.#slab = new Uint8Array(Math.max(this.#slabBytes, size));
    this.#start = 0;
    this.#at = 0;
  }
}

/** Below this many bytes a loop beats the call into native code. */
const LOOP_BYTES_MAX = 24;

function put(slab: Uint8Array, at: number, piece: Uint8Array): number {
  const length = piece.length;
  if (length > LOOP_BYTES_MAX) slab.set(piece, at);
  else for (let i = 0; i < length; i++) slab[at + i] = piece[i]!;
  return at + length;
}

/** The messages of a run of frames, as views. */
export function* messagesOf(frames: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  for (let at = 0; at < frames.length; ) {
    const begin = at + FRAME_PREFIX_BYTES;
    at = begin + view.getUint32(at + 1);
    yield frames.subarray(begin, at);
  }
}
