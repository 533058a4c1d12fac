/**
 * Writes key-values as the field `kvs` of a RangeResponse, straight from where they were looked at into a buffer that is
 * handed to the connection when it is full. The buffer is filled again as soon as nothing of it waits any more, so a
 * reader that keeps up costs no memory at all.
 */
import type { ReplyPieces } from "@etcd-ts/wire";

/** A turn's worth, with room for its last key-value where that is not large. */
const bufferBytes = 128 * 1024;
const kvsTag = 0x12;

/** A buffer that nobody refers to; all writers share it, because each is done within a turn. */
let spare: Uint8Array = new Uint8Array(bufferBytes);

/** The output of one turn. */
export class PieceWriter {
  readonly #pieces: ReplyPieces;
  #buffer: Uint8Array = spare;
  #at = 0;
  #hasRoom = true;

  constructor(pieces: ReplyPieces) {
    this.#pieces = pieces;
  }

  /** Appends a key-value; copies it. */
  kv(kv: Uint8Array): void {
    const size = fieldBytes(kv.length);
    if (this.#at + size > this.#buffer.length) this.#makeRoom(size);
    const buffer = this.#buffer;
    buffer[this.#at++] = kvsTag;
    let rest = kv.length;
    for (; rest > 127; rest = Math.floor(rest / 128)) buffer[this.#at++] = (rest % 128) + 128;
    buffer[this.#at++] = rest;
    buffer.set(kv, this.#at);
    this.#at += kv.length;
  }

  /** Hands over what was written; whether there is room for more. */
  flush(): boolean {
    if (this.#at === 0) return this.#hasRoom;
    this.#hasRoom = this.#pieces.write(this.#buffer.subarray(0, this.#at));
    this.#at = 0;
    if (this.#pieces.waitingBytes > 0) {
      // What waits refers to it.
      this.#buffer = new Uint8Array(bufferBytes);
      spare = this.#buffer;
    }
    return this.#hasRoom;
  }

  #makeRoom(sizeBytes: number): void {
    this.flush();
    if (sizeBytes > this.#buffer.length) this.#buffer = new Uint8Array(sizeBytes);
  }
}

/** Size of a field with a number below 16 and this many bytes. */
export function fieldBytes(sizeBytes: number): number {
  let varintBytes = 1;
  for (let rest = sizeBytes; rest > 127; rest = Math.floor(rest / 128)) varintBytes++;
  return 1 + varintBytes + sizeBytes;
}
