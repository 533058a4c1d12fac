/**
 * Makes the last segment ready to be written on: what follows its last whole record is cut away and the space is zero
 * again, because a reader takes the first zero header for the end. A torn record is kept in a copy named `.broken`.
 */
import type { Disk, DiskFile, Logger } from "../ports/index.ts";
import type { SegmentEnd } from "./record-reader.ts";

const COPY_BYTES = 1024 * 1024;

/**
 * Cuts the segment after its last record and preallocates it anew; one that is as it should be already, which after an orderly
 * stop and after most crashes it is, keeps its space. Durable when it resolves, records before the end included.
 */
export async function makeWritable(
  deps: { disk: Disk; log: Logger },
  options: { file: DiskFile; dir: string; end: SegmentEnd; segmentSizeBytes: number },
): Promise<void> {
  const { file, dir, end } = options;
  if (end.torn) {
    await keepBroken(deps.disk, file);
    await deps.disk.syncDirectory(dir);
    deps.log.warn("repaired a torn record at the end of the WAL", { path: file.path, offset: end.offset });
  }
  if (end.torn || !(await isZeroFrom(file, options))) {
    await file.truncate(end.offset);
    await file.preallocate(options.segmentSizeBytes);
  }
  await file.sync();
}

/** Whether the space behind the last record is there and holds nothing: reading it is quicker than writing it. */
async function isZeroFrom(
  file: DiskFile,
  { end, segmentSizeBytes }: { end: SegmentEnd; segmentSizeBytes: number },
): Promise<boolean> {
  const sizeBytes = await file.sizeBytes();
  if (sizeBytes < segmentSizeBytes) return false;
  const piece = new Uint8Array(COPY_BYTES);
  for (let at = end.offset; at < sizeBytes; ) {
    const count = await file.read(piece, at);
    if (count === 0 || !isZero(piece, count)) return false;
    at += count;
  }
  return true;
}

function isZero(bytes: Uint8Array, count: number): boolean {
  const words = new Int32Array(bytes.buffer, 0, count >>> 2);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  for (let i = count & ~3; i < count; i++) if (bytes[i] !== 0) return false;
  return true;
}

async function keepBroken(disk: Disk, file: DiskFile): Promise<void> {
  const copy = await disk.open(`${file.path}.broken`, "create");
  try {
    await copyContents(file, copy);
    await copy.sync();
  } finally {
    await copy.close();
  }
}

async function copyContents(from: DiskFile, to: DiskFile): Promise<void> {
  const piece = new Uint8Array(COPY_BYTES);
  const sizeBytes = await from.sizeBytes();
  for (let at = 0; at < sizeBytes; ) {
    const count = await from.read(piece, at);
    if (count === 0) return;
    await writeAt(to, piece.subarray(0, count), at);
    at += count;
  }
}

function writeAt(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write([bytes], position, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
