/**
 * The frame around every record: eight bytes, little endian, then the record, then padding to a multiple of eight, so
 * that no frame header ever lies across two sectors and can be torn.
 *
 *     bits 0-55            bits 56-58        bits 59-62   bit 63
 *     record size, bytes   padding, bytes    zero         set when there is padding
 *
 * A header of zero ends the segment: preallocated space follows. Logs of etcd before 2.3 have no padding at all.
 */
export const FRAME_HEADER_BYTES = 8;

/** What stands in the first field of a record. */
export const recordTypes = { metadata: 1, entry: 2, state: 3, crc: 4, snapshot: 5 } as const;
export type RecordType = (typeof recordTypes)[keyof typeof recordTypes];

/**
 * No record is larger, whatever a frame claims: a bound for memory. etcd 3.4 reads up to 10 MiB, later ones what the
 * file holds; entries are bounded by `--max-request-bytes`, far below either.
 */
export const recordBytesMax = 256 * 1024 * 1024;

/** A frame header taken apart. */
export interface Frame {
  readonly recordBytes: number;
  readonly paddingBytes: number;
}

/** Padding behind a record of so many bytes. */
export function paddingOf(recordBytes: number): number {
  return -recordBytes & 7;
}

/** Writes the header of a record of `recordBytes` at `offset`. */
export function writeFrameHeader(buffer: Uint8Array, offset: number, recordBytes: number): void {
  const padding = paddingOf(recordBytes);
  buffer[offset] = recordBytes;
  buffer[offset + 1] = recordBytes >>> 8;
  buffer[offset + 2] = recordBytes >>> 16;
  buffer[offset + 3] = recordBytes >>> 24;
  buffer[offset + 4] = 0;
  buffer[offset + 5] = 0;
  buffer[offset + 6] = 0;
  buffer[offset + 7] = padding === 0 ? 0 : 0x80 | padding;
}

/** Reads a header; undefined for zero, the end of the segment. Sizes may be anything up to 2^56: check before use. */
export function readFrameHeader(bytes: Uint8Array, offset: number): Frame | undefined {
  let recordBytes = 0;
  for (let i = 6; i >= 0; i--) recordBytes = recordBytes * 256 + bytes[offset + i]!;
  const top = bytes[offset + 7]!;
  if (recordBytes === 0 && top === 0) return undefined;
  return { recordBytes, paddingBytes: top & 0x80 ? top & 7 : 0 };
}
