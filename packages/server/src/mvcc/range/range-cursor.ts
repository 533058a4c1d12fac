/**
 * A range read in slices at one revision: `next` does a bounded amount of work and answers the key-values it has by then.
 * While a cursor is open, compaction keeps what its revision needs, so close it when it is not read to the end.
 *
 *   take (index, in slices) → keep (filters) → order (sorts) → emit (records, within a byte budget)
 *
 * Without sorting, taking and emitting alternate and nothing is collected; with it, a number or the value per version is.
 */
import { KeyValue, withoutValue } from "@etcd-ts/proto";
import type { KeyIndex, Revision } from "../index/key-index.ts";
import type { Records } from "../records.ts";
import type { RangePlan, SortKey } from "./range-plan.ts";
import { SlicedSort } from "./sliced-sort.ts";

/** What a range is read from. */
export interface RangeSource {
  readonly index: KeyIndex;
  readonly records: Records;
}

/** The bounds of one slice of work. */
export interface SliceBudget {
  /** Stop when this many bytes of key-values are answered; the last one may exceed it. */
  readonly bytesMax: number;
  /** Look at about this many keys at most. */
  readonly keysMax: number;
}

interface Candidate extends Revision {
  readonly sortKey: SortKey;
}

/** No bounds: the whole range at once. */
export const wholeRange: SliceBudget = { bytesMax: Number.POSITIVE_INFINITY, keysMax: Number.POSITIVE_INFINITY };

/** An open range. */
export class RangeCursor {
  readonly #source: RangeSource;
  readonly #plan: RangePlan;
  readonly #onClose: () => void;
  #from: Uint8Array | undefined;
  #taken = 0;
  #counted: number | undefined;
  /** Versions to emit, from `#emitted` on. */
  #pending: Revision[] = [];
  #emitted = 0;
  #answered = 0;
  /** Versions collected for sorting. */
  #candidates: Candidate[] | undefined;
  /** Versions collected for an answer in descending order of the keys. */
  #held: Revision[] = [];
  #sort: SlicedSort<Candidate> | undefined;
  #closed = false;

  constructor(source: RangeSource, plan: RangePlan, onClose: () => void) {
    this.#source = source;
    this.#plan = plan;
    this.#onClose = onClose;
    this.#from = plan.interval.start;
    if (!plan.countOnly && plan.order !== undefined) this.#candidates = [];
    // At the current revision the index counts without looking; it must be asked now, before the store moves on.
    if (plan.revision === plan.current) this.#counted = source.index.count(plan.interval);
    if (plan.countOnly && this.#counted !== undefined) this.#from = undefined;
    this.#skipToLast();
  }

  /** The store's revision when the range was opened: the header's. */
  get headerRevision(): number {
    return this.#plan.current;
  }

  /** Everything has been answered; `count` and `more` are final. */
  get done(): boolean {
    return this.#from === undefined && this.#candidates === undefined && this.#pendingCount === 0;
  }

  /** Keys in the interval, whatever filters and limit say. */
  get count(): number {
    return this.#counted ?? this.#taken;
  }

  /** The limit cut something off. */
  more = false;

  /** Encoded key-values that follow; may be empty before the end. */
  next(budget: SliceBudget): Uint8Array[] {
    const found: Uint8Array[] = [];
    if (this.#closed) return found;
    if (this.#pendingCount === 0) this.#advance(budget.keysMax);
    let bytes = 0;
    while (this.#pendingCount > 0 && bytes < budget.bytesMax) {
      const record = this.#source.records.oneOfMany(this.#pending[this.#emitted++]!);
      const answer = this.#plan.keysOnly ? withoutValue(record) : record;
      found.push(answer);
      bytes += answer.length;
    }
    if (this.#pendingCount === 0) {
      this.#pending = [];
      this.#emitted = 0;
    }
    if (this.done) this.close();
    return found;
  }

  /** Lets compaction go on; afterwards `next` answers nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }

  get #pendingCount(): number {
    return this.#pending.length - this.#emitted;
  }

  #advance(keysMax: number): void {
    if (this.#from !== undefined) this.#take(keysMax);
    else if (this.#candidates !== undefined) this.#order(keysMax);
  }

  /** Takes the versions of some keys out of the index. */
  #take(keysMax: number): void {
    const { interval, revision, takeMax } = this.#plan;
    const found: Revision[] = [];
    const knowsCount = this.#counted !== undefined;
    let enough = false;
    this.#from = this.#source.index.scan(
      { start: this.#from!, end: interval.end },
      { revision, keysMax },
      (main, sub) => {
        if (this.#taken++ < takeMax) found.push({ main, sub });
        enough = knowsCount && this.#taken >= takeMax;
        return !enough;
      },
    );
    if (enough) this.#from = undefined;
    if (!this.#plan.countOnly) this.#accept(found);
    if (this.more && knowsCount && !this.#plan.descending) this.#from = undefined;
  }

  /** Does with the versions found what the request asks for: filters them, then answers or collects them. */
  #accept(found: Revision[]): void {
    const { keep, order, descending } = this.#plan;
    const accepted: Revision[] = keep === undefined && order === undefined ? found : [];
    if (accepted !== found) {
      for (const revision of found) {
        const kv = KeyValue.decode(this.#source.records.oneOfMany(revision));
        if (keep !== undefined && !keep(kv)) continue;
        if (order === undefined) accepted.push(revision);
        else this.#candidates!.push({ ...revision, sortKey: order.sortKeyOf(kv) });
      }
    }
    if (order !== undefined) return;
    if (!descending) {
      this.#emit(accepted);
      return;
    }
    // What comes last is answered first, so wait for the end.
    for (const revision of accepted) this.#held.push(revision);
    if (this.#from !== undefined) return;
    this.#emit(this.#held.reverse());
    this.#held = [];
  }

  #order(itemsMax: number): void {
    const { compare } = this.#plan.order!;
    this.#sort ??= new SlicedSort(this.#candidates!, (a, b) => compare(a.sortKey, b.sortKey));
    this.#sort.step(itemsMax);
    if (!this.#sort.done) return;
    const sorted = this.#sort.items;
    this.#candidates = undefined;
    this.#sort = undefined;
    this.#emit(sorted);
  }

  /** Queues versions for the answer, as far as the limit allows. */
  #emit(versions: Revision[]): void {
    const room = this.#plan.limit - this.#answered;
    if (versions.length > room) this.more = true;
    const answered = versions.length > room ? versions.slice(0, room) : versions;
    this.#answered += answered.length;
    this.#pending = answered;
    this.#emitted = 0;
  }

  /** A descending page at the current revision starts where its last key stands, and need not see the others. */
  #skipToLast(): void {
    const { descending, keep, limit, interval } = this.#plan;
    if (
      !descending ||
      keep !== undefined ||
      this.#counted === undefined ||
      this.#counted <= limit ||
      this.#from === undefined
    )
      return;
    const { index } = this.#source;
    this.#from = index.keyOfRank(index.rank(interval.start) + this.#counted - limit) ?? this.#from;
    this.more = true;
  }
}
