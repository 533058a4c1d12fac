/**
 * Makes the last segment ready to be written on: what follows its last whole record is cut away and the space is zero
 * again, because a reader takes the first zero header for the end. A torn record is kept in a copy named `.broken`.
 */
import type { Disk, DiskFile, Logger } from "../ports/index.ts";
import type { SegmentEnd } from "./record-reader.ts";

const COPY_BYTES = 1024 * 1024;

/** Cuts the segment after its last record and preallocates it anew; durable when it resolves. */
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
  await file.truncate(end.offset);
  await file.preallocate(options.segmentSizeBytes);
  await file.sync();
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
