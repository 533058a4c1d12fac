/**
 * A range read in slices at one revision: `next` does a bounded amount of work and answers the key-values it has by then;
 * `sizes` does the same and answers only how long they are, so that a long answer can be announced before it is read.
 * While a cursor is open, compaction keeps what its revision needs, so close it when it is not read to the end.
 *
 *   in key order:   take (index) → read, filter, emit            nothing is collected
 *   descending:     take all (index) → read, filter, emit        16 bytes a key are collected
 *   other orders:   take, read, filter, weigh → sort → read, emit   some 60 bytes a key, and 128 of a value it is sorted by
 */
import { KeyValue, withoutValue } from "@etcd-ts/proto";
import type { KeyIndex, Revision } from "../index/key-index.ts";
import type { Records } from "../records.ts";
import type { RangePlan } from "./range-plan.ts";
import { type Candidate, candidateComparison } from "./record-order.ts";
import { SlicedSort } from "./sliced-sort.ts";
import { VersionList } from "./version-list.ts";

/** What a range is read from. */
export interface RangeSource {
  readonly index: KeyIndex;
  readonly records: Records;
}

/** The bounds of one slice of work. */
export interface SliceBudget {
  /** Stop when records of this many bytes were read; the last one may exceed it. */
  readonly bytesMax: number;
  /** Look at about this many keys at most. */
  readonly keysMax: number;
}

/** What is done with the records of an answer. */
interface RecordReader {
  read(revision: Revision): Uint8Array;
  emit(record: Uint8Array): void;
}

/** No bounds: the whole range at once. */
export const wholeRange: SliceBudget = { bytesMax: Number.POSITIVE_INFINITY, keysMax: Number.POSITIVE_INFINITY };

/** An open range. */
export class RangeCursor {
  readonly #source: RangeSource;
  readonly #plan: RangePlan;
  readonly #onClose: () => void;
  /** Where the range begins: for a page in descending order, at its last key. */
  readonly #start: Uint8Array | undefined;
  readonly #cutAtStart: boolean;
  #from: Uint8Array | undefined;
  #taken = 0;
  #counted: number | undefined;
  /** Versions to read, from `#at` on. */
  #versions = new VersionList();
  #at = 0;
  #backwards = false;
  /** Versions collected for a descending answer, until all are taken. */
  #held: VersionList | undefined;
  #candidates: Candidate[] | undefined;
  #sort: SlicedSort<Candidate> | undefined;
  /** Candidates in order; `#at` counts in them. */
  #sorted: Candidate[] | undefined;
  #answered = 0;
  #readBytes = 0;
  #closed = false;
  /** The limit cut something off. */
  more = false;
  /** Reads a record for now; it changes with the next reading. */
  readonly #peek = (revision: Revision): Uint8Array => this.#source.records.peek(revision);
  /** Reads a record for long. */
  readonly #keep = (revision: Revision): Uint8Array => this.#source.records.oneOfMany(revision);

  constructor(source: RangeSource, plan: RangePlan, onClose: () => void) {
    this.#source = source;
    this.#plan = plan;
    this.#onClose = onClose;
    // At the current revision the index counts without looking; it must be asked now, before the store moves on.
    if (plan.revision === plan.current) this.#counted = source.index.count(plan.interval);
    const skipped = this.#lastPage();
    this.#cutAtStart = skipped !== undefined;
    this.#start = plan.countOnly && this.#counted !== undefined ? undefined : (skipped ?? plan.interval.start);
    this.#begin();
  }

  /** The store's revision when the range was opened: the header's. */
  get headerRevision(): number {
    return this.#plan.current;
  }

  /** Everything has been answered; `count` and `more` are final. */
  get done(): boolean {
    return this.#from === undefined && !this.#isCollecting && this.#waiting === 0;
  }

  /** Keys in the interval, whatever filters and limit say. */
  get count(): number {
    return this.#counted ?? this.#taken;
  }

  /** Encoded key-values that follow; may be empty before the end. The end closes the cursor. */
  next(budget: SliceBudget): Uint8Array[] {
    const found: Uint8Array[] = [];
    if (this.#plan.keysOnly) this.#work(budget, { read: this.#peek, emit: (record) => found.push(keyPart(record)) });
    else this.#work(budget, { read: this.#keep, emit: (record) => found.push(record) });
    if (this.done) this.close();
    return found;
  }

  /** The same one by one, without copies: a key-value handed to `visit` is valid during that call only. */
  visit(budget: SliceBudget, visit: (kv: Uint8Array) => void): void {
    const { keysOnly } = this.#plan;
    this.#work(budget, { read: this.#peek, emit: (record) => visit(keysOnly ? keyPart(record) : record) });
    if (this.done) this.close();
  }

  /** Calls `visit` with the sizes of the key-values that follow, instead of `next`. The end does not close the cursor. */
  sizes(budget: SliceBudget, visit: (sizeBytes: number) => void): void {
    const { keysOnly } = this.#plan;
    this.#work(budget, {
      read: this.#peek,
      emit: (record) => visit(keysOnly ? keyPart(record).length : record.length),
    });
  }

  /** Goes back to the beginning: the same key-values follow again. What was sorted stays sorted. */
  rewind(): void {
    if (this.done) this.#counted ??= this.#taken;
    this.#begin();
  }

  #begin(): void {
    this.#at = 0;
    this.#answered = 0;
    this.more = this.#cutAtStart;
    if (this.#sorted !== undefined || this.#backwards) return;
    this.#from = this.#start;
    this.#taken = 0;
    this.#versions = new VersionList();
    this.#held = this.#plan.descending && !this.#plan.countOnly ? new VersionList() : undefined;
    this.#candidates = this.#plan.order !== undefined && !this.#plan.countOnly ? [] : undefined;
    this.#sort = undefined;
  }

  /** Lets compaction go on; afterwards `next` answers nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }

  /** Versions taken and not read. */
  get #waiting(): number {
    return (this.#sorted?.length ?? this.#versions.length) - this.#at;
  }

  get #isCollecting(): boolean {
    return this.#candidates !== undefined || this.#held !== undefined;
  }

  #work(budget: SliceBudget, reader: RecordReader): void {
    if (this.#closed) return;
    const untilBytes = this.#readBytes + budget.bytesMax;
    if (this.#waiting === 0 && this.#from !== undefined) this.#take(budget.keysMax);
    if (this.#candidates !== undefined) this.#weigh(untilBytes);
    if (this.#isCollecting && this.#waiting === 0 && this.#from === undefined) this.#order(budget.keysMax);
    if (!this.#isCollecting) this.#emit(untilBytes, reader);
  }

  /** Takes the versions of some keys out of the index. */
  #take(keysMax: number): void {
    const { interval, revision, takeMax, countOnly } = this.#plan;
    const found = this.#held ?? new VersionList();
    const knowsCount = this.#counted !== undefined;
    let enough = false;
    this.#from = this.#source.index.scan(
      { start: this.#from!, end: interval.end },
      { revision, keysMax },
      (main, sub) => {
        if (this.#taken++ < takeMax && !countOnly) found.push(main, sub);
        enough = knowsCount && this.#taken >= takeMax;
        return !enough;
      },
    );
    if (enough) this.#from = undefined;
    if (found === this.#held) return;
    this.#versions = found;
    this.#at = 0;
  }

  /** Turns versions into candidates. */
  #weigh(untilBytes: number): void {
    const { keep, order } = this.#plan;
    while (this.#waiting > 0 && this.#readBytes < untilBytes) {
      const revision = this.#versions.at(this.#at++);
      const record = this.#peek(revision);
      this.#readBytes += record.length;
      const kv = KeyValue.decode(record);
      if (keep === undefined || keep(kv)) this.#candidates!.push({ ...revision, weight: order!.weigh(kv) });
    }
  }

  /** All is taken: brings it into the order of the answer. */
  #order(itemsMax: number): void {
    this.#at = 0;
    if (this.#held !== undefined) {
      this.#versions = this.#held;
      this.#held = undefined;
      this.#backwards = true;
      return;
    }
    const compare = candidateComparison(this.#plan.order!, this.#peek);
    this.#sort ??= new SlicedSort(this.#candidates!, compare);
    this.#sort.step(itemsMax);
    this.#versions = new VersionList();
    if (!this.#sort.done) return;
    this.#sorted = this.#sort.items;
    this.#candidates = undefined;
    this.#sort = undefined;
  }

  /** Reads versions in the order of the answer, as far as the limit allows. */
  #emit(untilBytes: number, { read, emit }: RecordReader): void {
    const { limit, order } = this.#plan;
    // Candidates were filtered before they were sorted.
    const keep = order === undefined ? this.#plan.keep : undefined;
    while (this.#waiting > 0 && this.#readBytes < untilBytes) {
      if (this.#answered === limit && (keep === undefined || this.more)) return this.#cutOff();
      const record = read(this.#nextVersion());
      this.#readBytes += record.length;
      if (keep !== undefined && !keep(KeyValue.decode(record))) continue;
      if (this.#answered === limit) return this.#cutOff();
      this.#answered++;
      emit(record);
    }
  }

  /** There is more than the limit allows. What is left only counts, if that. */
  #cutOff(): void {
    this.more = true;
    this.#at += this.#waiting;
    if (this.#counted !== undefined) this.#from = undefined;
  }

  #nextVersion(): Revision {
    const at = this.#at++;
    if (this.#sorted !== undefined) return this.#sorted[at]!;
    return this.#versions.at(this.#backwards ? this.#versions.length - 1 - at : at);
  }

  /** A descending page at the current revision starts where its last key stands, and need not see the others. */
  #lastPage(): Uint8Array | undefined {
    const { descending, keep, limit, interval, countOnly } = this.#plan;
    if (!descending || countOnly || keep !== undefined || this.#counted === undefined || this.#counted <= limit)
      return undefined;
    const { index } = this.#source;
    return index.keyOfRank(index.rank(interval.start) + this.#counted - limit);
  }
}

/** The record without its value, as an array of its own. */
function keyPart(record: Uint8Array): Uint8Array {
  const part = withoutValue(record);
  return part === record ? record.slice() : part;
}
