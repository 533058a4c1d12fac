/**
 * A connection of HTTP/1.1 while all its requests are plain ones: read and answered here, one at a time, without
 * `node:http`. With the first bytes that are anything else the connection goes over to `node:http` and stays there.
 *
 * Bounds: what a client sends while its request is being answered is kept up to `heldBytesMax`, then no more is read.
 * Deadlines are the connection's; a client that does not take its answer is dropped.
 */
import type { Socket } from "node:net";
import type { Clock, HttpHandler, HttpResponse, Logger } from "../ports/index.ts";
import { answerHead, chunkOf, hasBody, lastChunk } from "./http1-answer.ts";
import { Http1PlainReader } from "./http1-plain-reader.ts";
import type { Http1Request } from "./http1-request.ts";

/** What is kept of a client that does not wait for its answer. */
const heldBytesMax = 64 * 1024;
/** Bodies up to this are copied behind their head: one write costs less than two. */
const joinBytesMax = 64 * 1024;
const noBytes = Buffer.alloc(0);
/** Tells nothing of what went wrong. */
const internalError = {
  status: 500,
  headers: { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
  body: "Internal Server Error\n",
};

/** Who owns the connection, and serves its requests. */
export interface PlainConnectionParts {
  readonly handler: HttpHandler;
  readonly clock: Pick<Clock, "wallMs">;
  readonly log: Logger;
  readonly bodyBytesMax: number;
  /** A request has come. */
  began(): void;
  /** From now on the client has to read, until it has. */
  writing(): void;
  /** The client has read what there was; more will come. */
  written(): void;
  /** The answer is complete. */
  ended(): void;
  /** Whether the connection is to end with the next answer. */
  closing(): boolean;
  /** The socket is to be served by others; what was read of it has been put back. */
  onOther(): void;
}

/** See the top of this file; it listens from the beginning on. */
export class Http1PlainConnection {
  readonly #socket: Socket;
  readonly #parts: PlainConnectionParts;
  readonly #reader: Http1PlainReader;
  /** The request being answered. */
  #request: Http1Request | undefined;
  /** Whether the head of its answer is on its way. */
  #hasHead = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Written at the end of this tick. */
  #out: Uint8Array[] = [];
  #outBytes = 0;

  constructor(socket: Socket, parts: PlainConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#reader = new Http1PlainReader(socket, parts);
    socket.on("data", this.#onData);
    socket.on("close", this.#onClose);
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#request !== undefined) return this.#hold(bytes);
    const request = this.#reader.read(bytes);
    if (request === undefined) this.#leaveTo(bytes);
    else this.#serve(request);
  };

  readonly #onClose = (): void => {
    this.#request?.leave();
  };

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > heldBytesMax) this.#socket.pause();
  }

  #leaveTo(bytes: Buffer): void {
    const socket = this.#socket;
    socket.removeListener("data", this.#onData);
    socket.removeListener("close", this.#onClose);
    if (socket.destroyed || socket.readableEnded) return;
    socket.pause();
    socket.unshift(bytes);
    this.#parts.onOther();
    socket.resume();
  }

  #serve(request: Http1Request): void {
    this.#request = request;
    this.#parts.began();
    try {
      const answer = this.#parts.handler(request);
      if (answer instanceof Promise) answer.then(this.#onLaterAnswer, this.#onFailure);
      else this.#onAnswer(answer)?.catch(this.#onFailure);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  readonly #onLaterAnswer = (answer: HttpResponse): void => {
    try {
      this.#onAnswer(answer)?.catch(this.#onFailure);
    } catch (error) {
      this.#onFailure(error);
    }
  };

  readonly #onAnswer = (answer: HttpResponse): Promise<void> | undefined => {
    const { body, status, headers } = answer;
    // The client has gone: nobody is left to answer.
    if (!this.#socket.writable) return undefined;
    const closes = this.#parts.closing() || headers["Connection"] === "close";
    const isWhole = typeof body === "string" || body instanceof Uint8Array || !hasBody(status);
    if (!isWhole) return this.#sendStream(body, { answer, closes });
    this.#send(answer, { body: hasBody(status) ? (body as string | Uint8Array) : "", closes });
    return undefined;
  };

  readonly #onFailure = (error: unknown): void => {
    const { path, method } = this.#request!;
    this.#parts.log.error("HTTP handler failed", { path, method, error });
    // Once a head is out, only the end is left.
    if (this.#hasHead || !this.#socket.writable) this.#socket.destroy();
    else this.#send(internalError, { body: internalError.body, closes: true });
  };

  #send(answer: HttpResponse, { body, closes }: { body: string | Uint8Array; closes: boolean }): void {
    const bodyBytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
    const head = answerHead(answer, { bodyBytes, closes, wallMs: this.#parts.clock.wallMs() });
    if (typeof body === "string" && bodyBytes === body.length) this.#socket.write(head + body, "latin1");
    else this.#writeBoth(Buffer.from(head, "latin1"), typeof body === "string" ? Buffer.from(body) : body);
    this.#finish(closes);
  }

  /** One write costs less than two, as long as there is not much to copy. */
  #writeBoth(head: Buffer, body: Uint8Array): void {
    if (body.length <= joinBytesMax) this.#socket.write(Buffer.concat([head, body]));
    else {
      this.#socket.write(head);
      this.#socket.write(body);
    }
  }

  /** Sends pieces as they come, at the speed the client reads them; stops asking for more when it has gone. */
  async #sendStream(
    body: AsyncIterable<Uint8Array>,
    { answer, closes }: { answer: HttpResponse; closes: boolean },
  ): Promise<void> {
    const socket = this.#socket;
    const head = answerHead(answer, { bodyBytes: undefined, closes, wallMs: this.#parts.clock.wallMs() });
    this.#hasHead = true;
    this.#join(Buffer.from(head, "latin1"));
    for await (const piece of body) {
      if (!socket.writable) return;
      if (piece.length > 0) this.#join(chunkOf(piece));
      if (this.#outBytes + socket.writableLength > socket.writableHighWaterMark) await this.#accepted();
    }
    if (!socket.writable) return;
    this.#join(lastChunk);
    this.#flush();
    this.#finish(closes);
  }

  /** Leaves bytes to the end of this tick: what comes with it, as the end does behind the last piece, is sent with it. */
  #join(bytes: Uint8Array): void {
    if (this.#out.length === 0) process.nextTick(this.#flush);
    this.#out.push(bytes);
    this.#outBytes += bytes.length;
  }

  readonly #flush = (): void => {
    const out = this.#out;
    if (out.length === 0) return;
    this.#out = [];
    this.#outBytes = 0;
    if (this.#socket.writable) this.#socket.write(out.length === 1 ? out[0]! : Buffer.concat(out));
  };

  /** Resolves when the client has taken what was written, or has gone. */
  #accepted(): Promise<void> {
    this.#flush();
    this.#parts.writing();
    return new Promise((resolve) => {
      this.#socket.write(noBytes, () => {
        this.#parts.written();
        resolve();
      });
    });
  }

  #finish(closes: boolean): void {
    const socket = this.#socket;
    if (closes) {
      this.#parts.writing();
      socket.end(() => socket.destroy());
    } else if (socket.writableLength === 0) this.#answered();
    else {
      this.#parts.writing();
      socket.write(noBytes, () => this.#answered());
    }
  }

  #answered(): void {
    this.#request = undefined;
    this.#hasHead = false;
    this.#parts.ended();
    if (this.#held.length === 0) return;
    const held = Buffer.concat(this.#held);
    this.#held = [];
    this.#leaveTo(held);
  }
}
