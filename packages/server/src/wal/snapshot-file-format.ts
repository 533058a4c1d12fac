/**
 * The bytes of a `.snap` file: a snappb.Snapshot, whose data is a raftpb.Snapshot and whose checksum is of those bytes.
 *
 *   08 checksum | 12 length | 0a length data… | 12 length metadata
 *
 * Both ways without the data in memory, which in etcd is the whole v2 tree. Lengths and the checksum stand before what they are
 * of, so a file is written with room for them first: varints of five bytes, filled up with leading zeros, which every reader
 * of protobuf takes.
 */
import { DecodeError, raftpb } from "@etcd-ts/proto";
import type { DiskFile } from "../ports/index.ts";
import { updateCrc32c } from "./crc32c.ts";

/** A snapshot file as it was found. */
export interface SnapshotFileContent {
  readonly metadata: raftpb.SnapshotMetadata;
  /** Where the data stands. */
  readonly dataStart: number;
  readonly dataEnd: number;
}

const varintBytes = 5;
/** Both fields of the outer message up to the inner one. */
const outerHead = 2 * (1 + varintBytes);
const innerHead = 1 + varintBytes;
const chunkBytes = 1024 * 1024;
const tags = { crc: 0x08, snapshot: 0x12, data: 0x0a, metadata: 0x12 } as const;

/** Writes a whole file, which is empty; nothing is synced. What the data throws is passed on. */
export async function writeSnapshotFile(
  file: DiskFile,
  metadata: raftpb.SnapshotMetadata,
  data: AsyncIterable<Uint8Array>,
): Promise<void> {
  let end = outerHead + innerHead;
  for await (const piece of data) {
    await write(file, end, [piece]);
    end += piece.length;
  }
  const dataBytes = end - outerHead - innerHead;
  const encoded = raftpb.SnapshotMetadata.encode(metadata);
  const tail = [Uint8Array.of(tags.metadata), paddedVarint(encoded.length), encoded];
  await write(file, end, tail);
  end += 1 + varintBytes + encoded.length;
  await write(file, outerHead, [Uint8Array.of(tags.data), paddedVarint(dataBytes)]);
  const crc = await crcOf(file, outerHead, end);
  const head = [tags.crc, ...paddedVarint(crc), tags.snapshot, ...paddedVarint(end - outerHead)];
  await write(file, 0, [Uint8Array.from(head)]);
}

/** Reads all of a file but the data, checksum included; or what is wrong with it. */
export async function checkSnapshotFile(file: DiskFile): Promise<SnapshotFileContent | string> {
  const endBytes = await file.sizeBytes();
  const scan = new FieldScan(file);
  try {
    const stored = await scan.varint(tags.crc);
    const length = await scan.varint(tags.snapshot);
    if (stored === 0 || length === 0) return "empty snapshot";
    const start = scan.position;
    if (start + length !== endBytes) return `${endBytes} bytes, expected ${start + length}`;
    const computed = await crcOf(file, start, endBytes);
    if (computed !== stored >>> 0) return `checksum ${stored}, computed ${computed}`;
    return await readSnapshot(scan, endBytes);
  } catch (error) {
    if (error instanceof DecodeError || error instanceof RangeError) return error.message;
    throw error;
  }
}

/** Reads bytes of a file, all of which are there. */
export async function readPart(file: DiskFile, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  const size = await file.read(bytes, start);
  if (size !== bytes.length) throw new RangeError(`ended at ${start + size}, expected ${end} bytes`);
  return bytes;
}

async function readSnapshot(scan: FieldScan, endBytes: number): Promise<SnapshotFileContent | string> {
  let [dataStart, dataEnd] = [0, 0];
  let metadata: raftpb.SnapshotMetadata | undefined;
  while (scan.position < endBytes) {
    const { tag, start, end } = await scan.bytes(endBytes);
    if (tag === tags.data) [dataStart, dataEnd] = [start, end];
    else if (tag === tags.metadata) metadata = raftpb.SnapshotMetadata.decode(await readPart(scan.file, start, end));
    else return `field ${tag >> 3}, which no snapshot has`;
  }
  return metadata === undefined ? "no metadata" : { metadata, dataStart, dataEnd };
}

/** Reads the few fields one after another, skipping what they hold. */
class FieldScan {
  readonly file: DiskFile;
  position = 0;

  constructor(file: DiskFile) {
    this.file = file;
  }

  /** A number, which must have this tag. */
  async varint(tag: number): Promise<number> {
    const found = await this.#varint();
    if (found !== tag) throw new RangeError(`tag ${found}, expected ${tag}`);
    return this.#varint();
  }

  /** A field with a length, which is skipped. */
  async bytes(endBytes: number): Promise<{ tag: number; start: number; end: number }> {
    const tag = await this.#varint();
    const length = await this.#varint();
    const start = this.position;
    const end = start + length;
    if ((tag & 7) !== 2 || end > endBytes) throw new RangeError(`tag ${tag}, length ${length} at ${start}`);
    this.position = end;
    return { tag, start, end };
  }

  async #varint(): Promise<number> {
    const bytes = new Uint8Array(varintBytes);
    const size = await this.file.read(bytes, this.position);
    let value = 0;
    for (let i = 0; i < size; i++) {
      value += (bytes[i]! & 0x7f) * 2 ** (7 * i);
      if (bytes[i]! >= 0x80) continue;
      this.position += i + 1;
      return value;
    }
    throw new RangeError(size < varintBytes ? "ended in a number" : "a number that is too long");
  }
}

async function crcOf(file: DiskFile, start: number, end: number): Promise<number> {
  let crc = 0;
  for (let at = start; at < end; at += chunkBytes) {
    const chunk = await readPart(file, at, Math.min(end, at + chunkBytes));
    crc = updateCrc32c(crc, chunk, 0, chunk.length);
  }
  return crc;
}

function paddedVarint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintBytes);
  for (let i = 0, rest = value; i < varintBytes; i++, rest = Math.floor(rest / 128))
    bytes[i] = (rest % 128) | (i === varintBytes - 1 ? 0 : 0x80);
  return bytes;
}

function write(file: DiskFile, position: number, chunks: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(chunks, position, (error) => (error === undefined ? resolve() : reject(error)));
  });
}
