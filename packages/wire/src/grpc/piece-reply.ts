/**
 * The one message of a unary reply, handed over in pieces. Its prefix carries the announced size, so what was announced
 * must come: a reply that cannot be completed resets its stream, because a client would take trailers in the middle
 * of a message for a broken one.
 */
import { type Http2Stream, putUint32 } from "../http2/index.ts";
import { assert } from "../lib/index.ts";
import type { ReplyPieces } from "./calls.ts";
import { prefixSize } from "./message-assembly.ts";
import { sendBytes } from "./message-frame.ts";
import { SendPatience } from "./send-patience.ts";

/** What the prefix can announce. */
const announcedSizeMax = 2 ** 32 - 1;

/** How the call ends; exactly one of them is called, unless the call ends from outside. */
export interface PieceReplyEnd {
  onComplete(): void;
  onAbort(): void;
}

/** A reply under way. */
export class PieceReply implements ReplyPieces {
  readonly #stream: Http2Stream;
  readonly #end: PieceReplyEnd;
  readonly #patience: SendPatience;
  #missingBytes: number;
  #writableListener: (() => void) | undefined;
  #wantsRoom = false;
  #isShut = false;

  constructor(stream: Http2Stream, sizeBytes: number, end: PieceReplyEnd) {
    assert(Number.isInteger(sizeBytes) && sizeBytes >= 0 && sizeBytes <= announcedSizeMax, "no size of a message");
    this.#stream = stream;
    this.#missingBytes = sizeBytes;
    this.#end = end;
    this.#patience = new SendPatience(stream);
  }

  /** Sends the prefix, behind the headers, in one frame with what follows. */
  begin(): void {
    const prefix = new Uint8Array(prefixSize);
    putUint32(prefix, 1, this.#missingBytes);
    this.#stream.connection.scheduler.enqueue(this.#stream, prefix);
    if (this.#missingBytes === 0) this.#complete();
  }

  get waitingBytes(): number {
    return this.#stream.queue === undefined ? 0 : this.#stream.queuedBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isShut) return false;
    assert(bytes.length <= this.#missingBytes, "a reply is longer than announced");
    this.#missingBytes -= bytes.length;
    sendBytes(this.#stream, bytes);
    if (this.#missingBytes === 0) {
      this.#complete();
      return true;
    }
    this.#patience.onQueueChange();
    const hasRoom = this.waitingBytes <= this.#stream.connection.limits.sendHighWaterSize;
    this.#wantsRoom ||= !hasRoom;
    return hasRoom;
  }

  onWritable(run: () => void): void {
    this.#writableListener = run;
  }

  abort(): void {
    if (this.#isShut) return;
    this.shut();
    this.#end.onAbort();
  }

  /** Some of the queue has left. */
  onSent(): void {
    if (this.#isShut) return;
    this.#patience.onQueueChange();
    if (!this.#wantsRoom || this.waitingBytes * 2 > this.#stream.connection.limits.sendHighWaterSize) return;
    this.#wantsRoom = false;
    this.#writableListener?.();
  }

  /** The call is over: nothing is taken any more. */
  shut(): void {
    this.#isShut = true;
    this.#writableListener = undefined;
  }

  #complete(): void {
    this.shut();
    this.#end.onComplete();
  }
}
