/**
 * The orders a range can be answered in besides that of its keys. A candidate keeps what it is ordered by, not its
 * record: a number, or the head of its value; only values that begin alike are read again to be compared.
 */
import { KeyValue, SortTarget } from "@etcd-ts/proto";
import { compareBytes } from "../../lib/bytes.ts";
import type { Revision } from "../index/key-index.ts";

/** Values that differ behind this many bytes cost a reading for each comparison. */
const HEAD_BYTES = 128;

/** A version waiting to be sorted. */
export interface Candidate extends Revision {
  readonly weight: number | Uint8Array;
}

/** How candidates are made and compared. */
export interface RecordOrder {
  readonly descending: boolean;
  /** What a record is ordered by. */
  weigh(kv: KeyValue): number | Uint8Array;
}

type Weigh = RecordOrder["weigh"];

const weights: Readonly<Record<number, Weigh>> = {
  [SortTarget.VERSION]: ({ version }) => version,
  [SortTarget.CREATE]: ({ createRevision }) => createRevision,
  [SortTarget.MOD]: ({ modRevision }) => modRevision,
  [SortTarget.VALUE]: ({ value }) => value.slice(0, HEAD_BYTES),
};

/** The order by a target other than KEY; `undefined` for KEY and for what is no target. */
export function recordOrder(target: number, descending: boolean): RecordOrder | undefined {
  const weigh = weights[target];
  return weigh === undefined ? undefined : { descending, weigh };
}

/** Compares candidates; `read` answers a record, valid until the next call. */
export function candidateComparison(
  { descending }: RecordOrder,
  read: (revision: Revision) => Uint8Array,
): (a: Candidate, b: Candidate) => number {
  const ascending = (a: Candidate, b: Candidate): number => {
    if (typeof a.weight === "number") return a.weight - (b.weight as number);
    const heads = compareBytes(a.weight, b.weight as Uint8Array);
    return heads !== 0 || a.weight.length < HEAD_BYTES
      ? heads
      : compareBytes(readValue(a, read).slice(), readValue(b, read));
  };
  return descending ? (a, b) => ascending(b, a) : ascending;
}

function readValue(revision: Revision, read: (revision: Revision) => Uint8Array): Uint8Array {
  return KeyValue.decode(read(revision)).value;
}
