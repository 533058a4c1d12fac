/**
 * The live store's content as a stream, for a member that fell behind further than the log reaches. A record per pair,
 * numbers big endian, then an end that tells a whole stream from a cut one:
 *
 *   | 1 byte length of the bucket's name | name | 4 bytes length | key | 4 bytes length | value |
 *   | 0 | 4 bytes CRC-32C of everything before this byte |
 *
 * Private to this project until snapshots between members are bbolt files, as etcd's are.
 */
import { joined } from "../lib/bytes.ts";
import { FrameBuffer } from "../lib/frame-buffer.ts";
import { type BackendPair, type BackendView, type Bucket, buckets, isCutSlice } from "../ports/index.ts";
import { updateCrc32c } from "../wal/index.ts";

/** Entries read at a time, fewer when they are large: a slice of a millisecond or two. */
const sliceEntries = 500;
const pieceBytes = 256 * 1024;
/** A key or value beyond this is no part of any store. */
const fieldBytesMax = 512 * 1024 * 1024;
const endBytes = 5;

/** A stream that is not whole or not what it should be. */
export class StoreContentError extends Error {
  override readonly name = "StoreContentError";
}

/** Streams a view's pairs; closes the view when done or given up. */
export async function* encodeContent(view: BackendView): AsyncGenerator<Uint8Array> {
  let crc = 0;
  try {
    for (const piece of pieces(view)) {
      crc = updateCrc32c(crc, piece, 0, piece.length);
      yield piece;
    }
    const end = new Uint8Array(endBytes);
    new DataView(end.buffer).setUint32(1, crc);
    yield end;
  } finally {
    view.close();
  }
}

function* pieces(view: BackendView): Generator<Uint8Array> {
  let records: Uint8Array[] = [];
  let size = 0;
  for (const pair of pairs(view)) {
    const record = encodeRecord(pair);
    records.push(record);
    size += record.length;
    if (size < pieceBytes) continue;
    yield joined(records);
    records = [];
    size = 0;
  }
  if (size > 0) yield joined(records);
}

function* pairs(view: BackendView): Generator<BackendPair> {
  for (const bucket of Object.values(buckets)) {
    let start: Uint8Array = new Uint8Array(0);
    for (;;) {
      const range = { start, limit: sliceEntries, bytesMax: pieceBytes };
      const slice = view.slice(bucket, range);
      for (const { key, value } of slice) yield { bucket, key, value };
      if (!isCutSlice(slice, range)) break;
      start = Uint8Array.of(...slice.at(-1)!.key, 0);
    }
  }
}

function encodeRecord({ bucket, key, value }: BackendPair): Uint8Array {
  const name = new TextEncoder().encode(bucket);
  const record = new Uint8Array(1 + name.length + 8 + key.length + value.length);
  const view = new DataView(record.buffer);
  record[0] = name.length;
  record.set(name, 1);
  let at = 1 + name.length;
  for (const field of [key, value]) {
    view.setUint32(at, field.length);
    record.set(field, at + 4);
    at += 4 + field.length;
  }
  return record;
}

/** Reads the pairs of a stream, in its order. Throws StoreContentError when it is not whole. */
export async function* decodeContent(content: AsyncIterable<Uint8Array>): AsyncGenerator<BackendPair> {
  const reader = new ContentReader();
  for await (const chunk of content) yield* reader.push(chunk);
  reader.finish();
}

/** What is known of the record that is being read. */
interface PartialRecord {
  readonly nameLength: number;
  bucket: Bucket | undefined;
  key: Uint8Array | undefined;
  fieldLength: number | undefined;
}

class ContentReader {
  readonly #buffer = new FrameBuffer();
  #partial: PartialRecord | undefined;
  #crc = 0;
  #ended = false;

  *push(chunk: Uint8Array): Generator<BackendPair> {
    if (this.#ended && chunk.length > 0) throw new StoreContentError("there is more behind the end of the content");
    this.#buffer.push(chunk);
    for (;;) {
      const pair = this.#next();
      if (pair === undefined) return;
      yield pair;
    }
  }

  finish(): void {
    if (!this.#ended) throw new StoreContentError("the content was cut off");
  }

  #next(): BackendPair | undefined {
    if (this.#ended) return undefined;
    if (this.#partial === undefined) {
      if (this.#buffer.length < endBytes) return undefined;
      const nameLength = this.#buffer.byte();
      if (nameLength === 0) return this.#end();
      this.#count(Uint8Array.of(nameLength));
      this.#partial = { nameLength, bucket: undefined, key: undefined, fieldLength: undefined };
    }
    return this.#continue(this.#partial);
  }

  #continue(partial: PartialRecord): BackendPair | undefined {
    if (partial.bucket === undefined) {
      const name = this.#take(partial.nameLength);
      if (name === undefined) return undefined;
      partial.bucket = bucketOf(name);
    }
    partial.key ??= this.#field(partial);
    if (partial.key === undefined) return undefined;
    const value = this.#field(partial);
    if (value === undefined) return undefined;
    this.#partial = undefined;
    return { bucket: partial.bucket, key: new Uint8Array(partial.key), value: new Uint8Array(value) };
  }

  #field(partial: PartialRecord): Uint8Array | undefined {
    if (partial.fieldLength === undefined) {
      const length = this.#take(4);
      if (length === undefined) return undefined;
      partial.fieldLength = new DataView(length.buffer, length.byteOffset, 4).getUint32(0);
      if (partial.fieldLength > fieldBytesMax) throw new StoreContentError(`a field of ${partial.fieldLength} bytes`);
    }
    const field = this.#take(partial.fieldLength);
    if (field !== undefined) partial.fieldLength = undefined;
    return field;
  }

  #take(size: number): Uint8Array | undefined {
    const bytes = this.#buffer.take(size);
    if (bytes !== undefined) this.#count(bytes);
    return bytes;
  }

  #count(bytes: Uint8Array): void {
    this.#crc = updateCrc32c(this.#crc, bytes, 0, bytes.length);
  }

  #end(): undefined {
    const stored = this.#buffer.take(4)!;
    const expected = new DataView(stored.buffer, stored.byteOffset, 4).getUint32(0);
    if (expected !== this.#crc) throw new StoreContentError(`checksum ${expected}, computed ${this.#crc}`);
    if (this.#buffer.length > 0) throw new StoreContentError("there is more behind the end of the content");
    this.#ended = true;
  }
}

const names = new Map<string, Bucket>(Object.values(buckets).map((bucket) => [bucket, bucket]));

function bucketOf(name: Uint8Array): Bucket {
  const text = new TextDecoder().decode(name);
  const bucket = names.get(text);
  if (bucket === undefined) throw new StoreContentError(`bucket ${JSON.stringify(text)} is unknown`);
  return bucket;
}
