/**
 * Tells a record whose writing was interrupted from one that was damaged later. A disk writes sectors whole and the
 * log's space was zero before, so an interrupted record lacks whole sectors: in the file they are zeros.
 */

/** What a disk writes all of or nothing of, at least. */
const SECTOR_BYTES = 512;
/** The fields before the data (type, checksum, size) end within so many bytes. */
const FIELDS_BYTES_MAX = 16;

/**
 * `zeros`: a sector of the record is missing. `contradiction`: what precedes the data is there and does not fit the
 * frame, so the frame itself is damaged. `none`: neither.
 */
export type TornEvidence = "zeros" | "contradiction" | "none";

/** Looks at the bytes behind a frame header, as far as the file goes; `fileOffset` is where they begin. */
export function tornEvidence(framed: Uint8Array, options: { fileOffset: number; recordBytes: number }): TornEvidence {
  const missing = firstZeroSector(framed, options.fileOffset);
  const fieldsVisible = framed.byteLength >= Math.min(FIELDS_BYTES_MAX, options.recordBytes);
  if (missing !== undefined && missing < FIELDS_BYTES_MAX) return "zeros";
  if (fieldsVisible && claimedBytes(framed) !== options.recordBytes) return "contradiction";
  return missing === undefined ? "none" : "zeros";
}

/** From an offset in a file to the end of its sector. */
export function bytesToSectorEnd(offset: number): number {
  return SECTOR_BYTES - (offset % SECTOR_BYTES);
}

/** Where in `bytes` the first part that fills a sector (or what is left of one) with zeros begins. */
function firstZeroSector(bytes: Uint8Array, fileOffset: number): number | undefined {
  for (let at = 0; at < bytes.byteLength; ) {
    const end = Math.min(bytes.byteLength, at + bytesToSectorEnd(fileOffset + at));
    if (bytes.subarray(at, end).every((byte) => byte === 0)) return at;
    at = end;
  }
  return undefined;
}

/** The size of a record by its own fields, in the order every etcd writes them; undefined when they make no sense. */
function claimedBytes(bytes: Uint8Array): number | undefined {
  const reader = { bytes, at: 0 };
  if (bytes[reader.at++] !== 0x08 || varint(reader) === undefined) return undefined;
  if (bytes[reader.at++] !== 0x10 || varint(reader) === undefined) return undefined;
  if (bytes[reader.at] !== 0x1a) return reader.at;
  reader.at++;
  const dataBytes = varint(reader);
  return dataBytes === undefined ? undefined : reader.at + dataBytes;
}

function varint(reader: { readonly bytes: Uint8Array; at: number }): number | undefined {
  let value = 0;
  for (let scale = 1; scale < 2 ** 35; scale *= 128) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  return undefined;
}
