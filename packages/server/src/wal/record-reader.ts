/**
 * Reads the records of segments in order and checks them: frame, checksum chain, bounds. Works through windows of a
 * segment, so that a log of any size is read with little memory of its own; data handed out are views into a window.
 *
 * The end of a segment is a zero header or the end of the file; the rest of that sector must be zero as well, or the
 * header was damaged. In the last segment a record may be torn: the power
 * went while it was written. It is told from damage as etcd does it: disks write sectors whole, and the space was zero
 * before, so a torn record shows at least one sector's worth of zeros, or reaches beyond the end of the file. Beyond
 * etcd's rule the sizes before the data must agree with the frame, so that a damaged size is not taken for a torn end.
 * The head of a segment is durable before the segment has its name, so it can be damaged or missing, but not torn.
 */
import type { DiskFile } from "../ports/index.ts";
import { updateCrc32c } from "./crc32c.ts";
import { FRAME_HEADER_BYTES, readFrameHeader, recordBytesMax, recordTypes } from "./frame.ts";
import { type RecordFields, readRecordFields } from "./record-fields.ts";
import { bytesToSectorEnd, tornEvidence } from "./torn-record.ts";
import { WalCorruptionError } from "./wal-errors.ts";

const WINDOW_BYTES = 1024 * 1024;

/** Called for every record but the checksum ones; throws to stop. `data` is a view, valid for as long as it is kept. */
export type RecordVisitor = (type: number, data: Uint8Array, at: RecordPlace) => void;

/** Where a record is. The same object for all records of a segment: copy what must last. */
export interface RecordPlace {
  readonly file: string;
  offset: number;
}

/** Where the valid records of a segment end, and whether a torn one follows. */
export interface SegmentEnd {
  readonly offset: number;
  readonly torn: boolean;
}

/** Reads segment after segment; holds the checksum chain between them. */
export class RecordReader {
  #crc = 0;
  /** False until the first record: the chain may begin anywhere. */
  #chained = false;
  readonly #visit: RecordVisitor;
  readonly #fields: RecordFields = { type: 0, crc: 0, dataStart: 0, dataEnd: 0 };

  constructor(visit: RecordVisitor) {
    this.#visit = visit;
  }

  /** Checksum of all data read. */
  get crc(): number {
    return this.#crc;
  }

  /** Reads one segment to its end. Only the last one may end torn; everything else wrong is `WalCorruptionError`. */
  async readSegment(file: DiskFile, options: { isLast: boolean }): Promise<SegmentEnd> {
    const sizeBytes = await file.sizeBytes();
    const place = { file: file.path, offset: 0 };
    const segment = { place, sizeBytes, isLast: options.isLast };
    let window = new Uint8Array(0);
    for (;;) {
      const step = this.#readWindow(window, segment);
      if (step.end?.offset === 0) throw corrupt(place, "the records that every segment begins with", "none");
      if (step.end !== undefined) return step.end;
      const kept = window.subarray(step.consumed);
      const wantedBytes = Math.min(sizeBytes - place.offset, Math.max(WINDOW_BYTES, step.neededBytes));
      window = await readMore(file, { kept, place, neededBytes: step.neededBytes, wantedBytes });
    }
  }

  /** Decodes what is whole in the window; tells the end of the segment, or how much the next record needs. */
  #readWindow(window: Uint8Array, segment: OpenSegment): WindowStep {
    const { place, sizeBytes } = segment;
    for (let at = 0; ; ) {
      const left = sizeBytes - place.offset;
      if (left === 0) return ended(place.offset);
      if (left < FRAME_HEADER_BYTES) return tornOr(segment, "a whole frame header", `${left} bytes`);
      if (window.byteLength - at < FRAME_HEADER_BYTES) return { consumed: at, neededBytes: FRAME_HEADER_BYTES };
      const frame = readFrameHeader(window, at);
      if (frame === undefined) {
        const neededBytes = Math.min(left, bytesToSectorEnd(place.offset));
        if (window.byteLength - at < neededBytes) return { consumed: at, neededBytes };
        assertZero(window.subarray(at, at + neededBytes), place);
        return ended(place.offset);
      }
      if (frame.recordBytes > recordBytesMax) {
        throw corrupt(place, `a record of at most ${recordBytesMax} bytes`, `${frame.recordBytes}`);
      }
      const wholeBytes = FRAME_HEADER_BYTES + frame.recordBytes + frame.paddingBytes;
      const visibleBytes = Math.min(wholeBytes, left);
      if (window.byteLength - at < visibleBytes) return { consumed: at, neededBytes: visibleBytes };
      const start = at + FRAME_HEADER_BYTES;
      const end = start + frame.recordBytes;
      const failure = wholeBytes > left ? `${left}` : this.#readRecord(window, start, end, place);
      if (failure !== undefined) {
        const framed = window.subarray(start, at + visibleBytes);
        return this.#judge(failure, { framed, recordBytes: frame.recordBytes, segment });
      }
      at += wholeBytes;
      place.offset += wholeBytes;
    }
  }

  /** Checks and visits the record in `window[start, end)`; tells what is wrong with its bytes, if anything. */
  #readRecord(window: Uint8Array, start: number, end: number, place: RecordPlace): string | undefined {
    const fields = this.#fields;
    if (!readRecordFields(window, start, end, fields)) return "not a record";
    if (fields.type === recordTypes.crc) {
      if (this.#chained && fields.crc !== this.#crc) {
        throw corrupt(place, `checksum ${this.#crc} of the segment before`, `${fields.crc}`);
      }
      this.#crc = fields.crc;
      this.#chained = true;
      return undefined;
    }
    const crc = updateCrc32c(this.#crc, window, fields.dataStart, fields.dataEnd);
    if (crc !== fields.crc) return `checksum ${fields.crc}, computed ${crc}`;
    this.#crc = crc;
    this.#chained = true;
    this.#visit(fields.type, window.subarray(fields.dataStart, fields.dataEnd), place);
    return undefined;
  }

  #judge(failure: string, record: { framed: Uint8Array; recordBytes: number; segment: OpenSegment }): WindowStep {
    const { place, isLast, sizeBytes } = record.segment;
    const dataOffset = place.offset + FRAME_HEADER_BYTES;
    const reachesBeyond = dataOffset + record.recordBytes > sizeBytes;
    const evidence = tornEvidence(record.framed, { fileOffset: dataOffset, recordBytes: record.recordBytes });
    const torn = isLast && (evidence === "zeros" || (reachesBeyond && evidence === "none"));
    if (!torn) throw corrupt(place, `a record of ${record.recordBytes} bytes with its checksum`, failure);
    return ended(place.offset, true);
  }
}

interface OpenSegment {
  readonly place: RecordPlace;
  readonly sizeBytes: number;
  readonly isLast: boolean;
}

type WindowStep =
  | { readonly end: SegmentEnd; readonly consumed?: undefined; readonly neededBytes?: undefined }
  | { readonly end?: undefined; readonly consumed: number; readonly neededBytes: number };

function ended(offset: number, torn = false): WindowStep {
  return { end: { offset, torn } };
}

function assertZero(bytes: Uint8Array, place: RecordPlace): void {
  if (bytes.some((byte) => byte !== 0))
    throw corrupt(place, "zeros to the end of the sector", "data behind a zero frame");
}

function tornOr(segment: OpenSegment, expected: string, found: string): WindowStep {
  if (!segment.isLast) throw corrupt(segment.place, expected, found);
  return ended(segment.place.offset, true);
}

/** A fresh window: what was kept of the last one, then the next bytes of the file. */
async function readMore(
  file: DiskFile,
  options: { kept: Uint8Array; place: RecordPlace; neededBytes: number; wantedBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const { kept, place, neededBytes } = options;
  const window = new Uint8Array(options.wantedBytes);
  window.set(kept);
  const count = await file.read(window.subarray(kept.byteLength), place.offset + kept.byteLength);
  const filled = kept.byteLength + count;
  if (filled < neededBytes) throw corrupt(place, `${neededBytes} bytes`, `${filled}: the file became shorter`);
  return window.subarray(0, filled);
}

function corrupt(place: RecordPlace, expected: string, found: string): WalCorruptionError {
  return new WalCorruptionError({ ...place, expected, found });
}
