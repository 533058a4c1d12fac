/**
 * Answers a Range that is too long for one turn, at one revision:
 *
 *   collect, as long as the answer may still be short → answer it whole
 *   else measure: add up the sizes, keep nothing → announce the size → read again and send, as the client takes it
 *
 * gRPC puts a message's size before its first byte, hence the two passes. The cursor pins the revision for both, so
 * compaction and later writes change nothing. However long the answer, at most a megabyte of it is held.
 */
import { etcdError, grpcCodes, type RangeRequest, raw } from "@etcd-ts/proto";
import type { ReplyPieces, UnaryCall } from "@etcd-ts/wire";
import type { Member } from "../../member/index.ts";
import { isFailure, type RangeCursor } from "../../mvcc/index.ts";
import type { LongReads, Place } from "./long-reads.ts";
import { fieldBytes, PieceWriter } from "./piece-writer.ts";
import { guard, type V3Router } from "./unary.ts";

const { RangeResponseRaw } = raw;
/** Answers up to this are sent whole. */
const wholeBytesMax = 1024 * 1024;
/** What Go's gRPC lets a server send, and the clients take at most. */
const messageBytesMax = 2 ** 31 - 1;
/** Work of one turn: about a millisecond. */
const slice = { bytesMax: 512 * 1024, keysMax: 512 } as const;
/** The same while sending: about what the connection takes before it says to wait. */
const piece = { bytesMax: 64 * 1024, keysMax: 512 } as const;

/** What a long range works with. */
export interface LongRangeParts {
  readonly router: V3Router;
  readonly member: Member;
  readonly reads: LongReads;
  readonly call: UnaryCall;
  readonly request: RangeRequest;
}

/** A Range begun in its first slice and not finished in it. */
export interface BegunRange {
  readonly cursor: RangeCursor;
  readonly kvs: Uint8Array[];
}

/** Takes over a call; answers it in its time. Throws when too many wait already. */
export function answerLongRange(parts: LongRangeParts, begun: BegunRange): void {
  new LongRange(parts).start(begun);
}

class LongRange {
  readonly #parts: LongRangeParts;
  #cursor: RangeCursor | undefined;
  #place: Place | undefined;
  #kvs: Uint8Array[] = [];
  /** Size of the answer's field `kvs`, so far. */
  #kvsBytes = 0;
  #pieces: ReplyPieces | undefined;
  #isOver = false;

  constructor(parts: LongRangeParts) {
    this.#parts = parts;
  }

  start({ cursor, kvs }: BegunRange): void {
    const { reads, call } = this.#parts;
    call.onCancel(() => this.#end());
    if (reads.reading.hasRoom) {
      this.#cursor = cursor;
      this.#keep(kvs);
    } else cursor.close();
    this.#take(reads.reading, () => this.#next(() => (this.#cursor === undefined ? this.#open() : this.#collect())));
  }

  /** A range that had to wait is read as it is when its turn comes. */
  #open(): void {
    const cursor = this.#parts.member.store.openRange(this.#parts.request);
    if (isFailure(cursor)) throw etcdError(cursor.error);
    this.#cursor = cursor;
    this.#collect();
  }

  #collect(): void {
    const cursor = this.#cursor!;
    if (this.#kvsBytes <= wholeBytesMax) this.#keep(cursor.next(slice));
    if (cursor.done) return this.#answerWhole(cursor);
    if (this.#kvsBytes <= wholeBytesMax) return this.#next(() => this.#collect());
    this.#kvs = [];
    this.#kvsBytes = 0;
    cursor.rewind();
    this.#next(() => this.#measure());
  }

  #keep(kvs: Uint8Array[]): void {
    for (const kv of kvs) {
      this.#kvs.push(kv);
      this.#kvsBytes += fieldBytes(kv.length);
    }
  }

  #answerWhole(cursor: RangeCursor): void {
    const { call, member } = this.#parts;
    const { headerRevision, more, count } = cursor;
    const response = { header: member.header(headerRevision), kvs: this.#kvs, more, count };
    call.replyWith(RangeResponseRaw.sizeOf(response), (buffer, offset) =>
      RangeResponseRaw.encodeInto(response, buffer, offset),
    );
    this.#end();
  }

  #measure(): void {
    const cursor = this.#cursor!;
    cursor.sizes(slice, (sizeBytes) => {
      this.#kvsBytes += fieldBytes(sizeBytes);
    });
    if (!cursor.done) return this.#next(() => this.#measure());
    this.#place?.release();
    this.#take(this.#parts.reads.sending, () => this.#next(() => this.#announce()));
  }

  #announce(): void {
    const { call, member } = this.#parts;
    const cursor = this.#cursor!;
    const { headerRevision, more, count } = cursor;
    const header = member.header(headerRevision);
    const sizeBytes = this.#kvsBytes + RangeResponseRaw.sizeOf({ header, kvs: [], more, count });
    if (sizeBytes > messageBytesMax) return this.#refuse(sizeBytes);
    cursor.rewind();
    const pieces = call.replyInPieces(sizeBytes);
    pieces.onWritable(() => this.#next(() => this.#send()));
    this.#pieces = pieces;
    // Put together, the fields of the parts are the answer.
    pieces.write(RangeResponseRaw.encode({ header, kvs: [], more: false, count: 0 }));
    this.#next(() => this.#send());
  }

  #refuse(sizeBytes: number): void {
    const message = `grpc: trying to send message larger than max (${sizeBytes} vs. ${messageBytesMax})`;
    this.#parts.call.fail({ code: grpcCodes.resourceExhausted, message });
    this.#end();
  }

  #send(): void {
    const cursor = this.#cursor!;
    const pieces = this.#pieces!;
    const output = new PieceWriter(pieces);
    cursor.visit(piece, (kv) => output.kv(kv));
    const hasRoom = output.flush();
    if (!cursor.done) {
      if (hasRoom) this.#next(() => this.#send());
      return;
    }
    const { more, count } = cursor;
    pieces.write(RangeResponseRaw.encode({ header: undefined, kvs: [], more, count }));
    // Does nothing when all that was announced has come.
    pieces.abort();
    this.#end();
  }

  /** Goes on in a turn of its own, unless the call is over by then. */
  #next(run: () => void): void {
    const { router, reads, call } = this.#parts;
    reads.inTurn(() => {
      if (this.#isOver) return;
      let isDone = false;
      guard(router, call, () => {
        run();
        isDone = true;
      });
      if (!isDone) this.#end();
    });
  }

  #take(places: LongReads["reading"], start: () => void): void {
    this.#place = undefined;
    const place = places.take(start);
    this.#place = place;
    if (this.#isOver) place.release();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cursor?.close();
    this.#place?.release();
    this.#kvs = [];
  }
}
