/**
 * RangeStream (3.7): a range in pieces, read and sent at the speed the client takes them, at one revision and in bounded
 * memory. Merging all pieces gives what Range answers: each carries some key-values, the last also header, more and count.
 * Source: etcd's rpc.proto, RangeStreamResponse.
 */
import { etcdError, type RangeRequest, raw, SortOrder, SortTarget, services } from "@etcd-ts/proto";
import type { StreamCall } from "@etcd-ts/wire";
import type { Member } from "../../member/index.ts";
import { checkRange, type Failure, failure, isFailure, type RangeCursor } from "../../mvcc/index.ts";
import type { LongReads, Place } from "./long-reads.ts";
import { serveStream } from "./stream.ts";
import { statusOf, type V3Router } from "./unary.ts";

/** One piece, and the work of one turn. */
const piece = { bytesMax: 64 * 1024, keysMax: 512 } as const;

/** Registers RangeStream. */
export function registerRangeStream(router: V3Router, { member, reads }: { member: Member; reads: LongReads }): void {
  serveStream(router, services.KV.RangeStream, (call) => {
    let stream: StreamedRange | undefined;
    return {
      onRequest(request) {
        // There is one request; Go's server does not look at what follows it either.
        if (stream !== undefined) return;
        const refusal = checkRange(request) ?? checkStreamable(request);
        if (refusal !== undefined) throw etcdError(refusal.error);
        stream = new StreamedRange({ member, reads, call }, request);
        whenCurrent(member, request, (error) => {
          if (error === undefined) stream!.start();
          else call.end(statusOf(error));
        });
      },
      onCancel: () => stream?.end(),
    };
  });
}

function whenCurrent(member: Member, request: RangeRequest, run: (error?: Error) => void): void {
  if (request.serializable) run();
  else member.linearizableRead(run);
}

/** Pieces leave in key order and are counted at the end, so neither other orders nor filters can be had. */
function checkStreamable(request: RangeRequest): Failure | undefined {
  const { sortTarget, sortOrder } = request;
  if (sortTarget !== SortTarget.KEY || sortOrder === SortOrder.DESCEND) return failure("rangeStreamSort");
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  const isFiltered = [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision].some(
    (bound) => bound !== 0,
  );
  return isFiltered ? failure("rangeStreamFilter") : undefined;
}

/** One call: waits for its place, then reads a piece a turn and sends it as long as the client takes them. */
class StreamedRange {
  readonly #member: Member;
  readonly #reads: LongReads;
  readonly #call: StreamCall;
  readonly #request: RangeRequest;
  #cursor: RangeCursor | undefined;
  #place: Place | undefined;
  #isOver = false;

  constructor(parts: { member: Member; reads: LongReads; call: StreamCall }, request: RangeRequest) {
    this.#member = parts.member;
    this.#reads = parts.reads;
    this.#call = parts.call;
    this.#request = request;
  }

  start(): void {
    if (this.#isOver) return;
    // It pins a revision and holds a place: who takes nothing for long loses both.
    this.#call.limitStalls();
    this.#call.onWritable(() => this.#next());
    try {
      this.#place = this.#reads.sending.take(() => this.#next());
    } catch (error) {
      this.#fail(error);
    }
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cursor?.close();
    this.#place?.release();
  }

  #next(): void {
    this.#reads.inTurn(() => {
      if (this.#isOver) return;
      try {
        this.#piece();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #piece(): void {
    this.#cursor ??= this.#open();
    const cursor = this.#cursor;
    const kvs = cursor.next(piece);
    if (cursor.done) {
      const { headerRevision, more, count } = cursor;
      this.#send({ header: this.#member.header(headerRevision), kvs, more, count });
      this.end();
      this.#call.end();
    } else if (kvs.length === 0 || this.#send({ header: undefined, kvs, more: false, count: 0 })) this.#next();
  }

  #open(): RangeCursor {
    const cursor = this.#member.store.openRange(this.#request);
    if (isFailure(cursor)) throw etcdError(cursor.error);
    return cursor;
  }

  #send(response: raw.RangeResponseRaw): boolean {
    const rangeResponse = raw.RangeResponseRaw.encode(response);
    return this.#call.send(raw.RangeStreamResponseRaw.encode({ rangeResponse }));
  }

  #fail(error: unknown): void {
    this.end();
    this.#call.end(statusOf(error));
  }
}
