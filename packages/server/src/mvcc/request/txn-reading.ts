/**
 * A transaction that only reads, carried out in slices at one revision: its compares are judged and its ranges opened at once, so
 * that all of them see the same; what the ranges hold is then read bit by bit. Nothing is proposed, nothing is changed.
 *
 * Bounds: the answer is given up when its key-values are longer than `answerBytesMax`. Until it is done or closed, compaction
 * keeps what it reads.
 */
import { type RangeRequest, type RequestOp, ResponseHeader, raw, type TxnRequest } from "@etcd-ts/proto";
import { type Failure, failure, isFailure } from "../failure.ts";
import type { RangeCursor, SliceBudget } from "../range/range-cursor.ts";
import type { MvccStore } from "../store.ts";
import { revisionHeader } from "./applied.ts";
import { rangeResponse } from "./range-response.ts";
import { findOnPath, refusedRange, type TxnPath, takePath } from "./txn-path.ts";

/** Longest key-values of one transaction's answer, all its ranges together. */
export const answerBytesMax: number = 512 * 1024 * 1024;

/** One range of the transaction. */
interface OpenRead {
  readonly cursor: RangeCursor;
  readonly kvs: Uint8Array[];
}

/** The transaction under way. */
export class TxnReading {
  readonly #path: TxnPath;
  readonly #revision: number;
  readonly #reads: readonly OpenRead[];
  readonly #bytesMax: number;
  #at = 0;
  #bytes = 0;

  /** Judges the compares and opens the ranges. */
  static open(store: MvccStore, request: TxnRequest, bytesMax = answerBytesMax): TxnReading | Failure {
    const tally = store.tally();
    const path = takePath(store, request, tally);
    const refused = findOnPath(path, ({ requestRange }) => requestRange && refusedRange(store, requestRange));
    const reads: OpenRead[] = [];
    if (refused === undefined) {
      for (const range of rangesOf(path)) {
        tally.range();
        const cursor = store.openRangeUncounted(range);
        // It was checked, in this very turn.
        if (!isFailure(cursor)) reads.push({ cursor, kvs: [] });
      }
    }
    tally.end();
    return refused ?? new TxnReading({ path, reads, revision: store.currentRevision, bytesMax });
  }

  private constructor(parts: { path: TxnPath; reads: readonly OpenRead[]; revision: number; bytesMax: number }) {
    this.#path = parts.path;
    this.#reads = parts.reads;
    this.#revision = parts.revision;
    this.#bytesMax = parts.bytesMax;
  }

  /** Everything is read. */
  get done(): boolean {
    return this.#at === this.#reads.length;
  }

  /** Reads on, about as much as the budget says; a failure ends it. */
  step({ bytesMax, keysMax }: SliceBudget): Failure | undefined {
    const untilBytes = this.#bytes + bytesMax;
    for (let keysLeft = keysMax; !this.done && keysLeft > 0 && this.#bytes < untilBytes; ) {
      const { cursor, kvs } = this.#reads[this.#at]!;
      for (const kv of cursor.next({ bytesMax: untilBytes - this.#bytes, keysMax: keysLeft })) {
        kvs.push(kv);
        this.#bytes += kv.length;
      }
      if (this.#bytes > this.#bytesMax) return failure("answerTooLarge");
      if (!cursor.done) return undefined;
      keysLeft -= Math.max(1, cursor.count);
      this.#at++;
    }
    return undefined;
  }

  /** Ends it; what was read so far is forgotten by whoever holds it. */
  close(): void {
    for (const { cursor } of this.#reads) cursor.close();
  }

  /** The answer, once it is done; its header carries the revision alone. */
  response(): raw.TxnResponseRaw {
    const reads = this.#reads.values();
    return { ...this.#level(this.#path, reads), header: revisionHeader(this.#revision) };
  }

  #level(path: TxnPath, reads: IterableIterator<OpenRead>): raw.TxnResponseRaw {
    const nested = path.nested.values();
    const responses = path.operations.map((operation) => {
      if (operation.requestTxn === undefined) return raw.ResponseOpRaw.encode(this.#range(reads.next().value));
      const response = this.#level(nested.next().value!, reads);
      return raw.ResponseOpRaw.encode(raw.ResponseOpRaw.create({ responseTxn: raw.TxnResponseRaw.encode(response) }));
    });
    // etcd leaves the header of a nested transaction empty.
    return { header: ResponseHeader.create(), succeeded: path.succeeded, responses };
  }

  #range({ cursor, kvs }: OpenRead): raw.ResponseOpRaw {
    const { more, count } = cursor;
    const response = rangeResponse({ revision: this.#revision, kvs, more, count });
    return raw.ResponseOpRaw.create({ responseRange: raw.RangeResponseRaw.encode(response) });
  }
}

/** The ranges along a path, in the order of their answers. */
function* rangesOf(path: TxnPath): Generator<RangeRequest> {
  const nested = path.nested.values();
  for (const { requestRange, requestTxn } of path.operations as readonly RequestOp[]) {
    if (requestTxn !== undefined) yield* rangesOf(nested.next().value!);
    else if (requestRange !== undefined) yield requestRange;
  }
}
