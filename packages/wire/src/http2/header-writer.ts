/**
 * HEADERS frames. A block that left the table alone is kept with its frame and written again by copying, which is
 * how the headers and trailers of nearly every reply are made. A block larger than a frame goes on in CONTINUATION
 * frames.
 */
import type { HeaderField } from "../hpack/index.ts";
import { OutputBuffer } from "../lib/index.ts";
import type { Http2Connection } from "./connection.ts";
import { putFrameHeader, putUint32, typeAndFlags } from "./frame-writer.ts";
import { Flag, FrameType, frameHeaderSize } from "./frames.ts";

/** A field to send; a `repeats` one enters the HPACK table. */
export interface OutgoingField {
  readonly field: HeaderField;
  readonly repeats: boolean;
}

const scratch = new OutputBuffer(1024);

/** Appends the HEADERS frame (and continuations) with these fields for a stream. */
export function writeHeaders(
  connection: Http2Connection,
  fields: readonly OutgoingField[],
  target: { id: number; endStream: boolean },
): void {
  const { encoder, out, peerSettings } = connection;
  scratch.reuse();
  encoder.begin(scratch);
  for (const { field, repeats } of fields) encoder.field(scratch, field, repeats);
  const sizeMax = peerSettings.frameSizeMax;
  let from = 0;
  do {
    const size = Math.min(sizeMax, scratch.length - from);
    const isLast = from + size === scratch.length;
    const at = out.reserve(frameHeaderSize + size);
    const type = from === 0 ? FrameType.headers : FrameType.continuation;
    const flags = (isLast ? Flag.endHeaders : 0) | (from === 0 && target.endStream ? Flag.endStream : 0);
    putFrameHeader(out.bytes, at, size, typeAndFlags(type, flags), target.id);
    out.bytes.set(scratch.bytes.subarray(from, from + size), at + frameHeaderSize);
    from += size;
  } while (from < scratch.length);
}

/** A HEADERS frame that is the same for many streams but for its identifier. */
export class RepeatedHeaders {
  readonly #connection: Http2Connection;
  readonly #fields: readonly OutgoingField[];
  readonly #endStream: boolean;
  #frame: Uint8Array = new Uint8Array(0);
  #generation = -1;

  constructor(connection: Http2Connection, fields: readonly OutgoingField[], endStream: boolean) {
    this.#connection = connection;
    this.#fields = fields;
    this.#endStream = endStream;
  }

  /** The frame's size when it can be copied, or 0: then `write` must encode it. */
  get sizeBytes(): number {
    return this.#generation === this.#connection.encoder.generation ? this.#frame.length : 0;
  }

  /** Copies the frame to `bytes[at…]`, where the caller reserved `sizeBytes`. */
  put(bytes: Uint8Array, at: number, id: number): void {
    const frame = this.#frame;
    for (let index = 0; index < frame.length; index++) bytes[at + index] = frame[index]!;
    putUint32(bytes, at + 5, id);
  }

  /** Appends the frame for a stream. */
  write(id: number): void {
    const { encoder, out } = this.#connection;
    const size = this.sizeBytes;
    if (size > 0) {
      const at = out.reserve(size);
      this.put(out.bytes, at, id);
      return;
    }
    const before = encoder.generation;
    const start = out.length;
    writeHeaders(this.#connection, this.#fields, { id, endStream: this.#endStream });
    if (encoder.generation !== before) return;
    this.#frame = out.bytes.slice(start, out.length);
    this.#generation = before;
  }
}
