/**
 * A gRPC server without a wire: the v3 API registers its handlers here, and the simulation calls them with encoded
 * messages. So the simulated requests take the same way through checks, quota, log and encoding as real ones.
 */
import type { MethodInfo } from "@etcd-ts/proto";
import { Metadata, type ReplyPieces, type StreamCall, type UnaryCall } from "@etcd-ts/wire";

/** What a call came to: a response, or the error's text. */
export type Answer<Response> =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly code: number; readonly text: string };

const internal = 13;
const peer: UnaryCall["peer"] = { address: "simulation", tls: undefined };

/** Changes what passes between clients and server, as a wrong server would. */
export interface Tampering {
  /** Changes a request before the server sees it. */
  request?(path: string, request: unknown): unknown;
  /** Changes an answer before the client sees it. */
  response?(path: string, response: unknown, request: unknown): unknown;
  /** Replaces a message of a stream by others. */
  message?(path: string, message: unknown): unknown[];
}

/** Handlers by path, and calling them. */
export class LocalCalls {
  readonly #tampering: Tampering;
  readonly #unary = new Map<string, (call: UnaryCall) => void>();
  readonly #streams = new Map<string, (call: StreamCall) => void>();

  constructor(tampering: Tampering = {}) {
    this.#tampering = tampering;
  }

  unary(path: string, handler: (call: UnaryCall) => void): void {
    this.#unary.set(path, handler);
  }

  stream(path: string, handler: (call: StreamCall) => void): void {
    this.#streams.set(path, handler);
  }

  /** Calls a unary method; `done` runs at most once. */
  call<Request, Response>(
    method: MethodInfo<Request, Response>,
    request: Request,
    done: (answer: Answer<Response>) => void,
  ): void {
    const { path } = method;
    const sent = (this.#tampering.request?.(path, request) ?? request) as Request;
    const succeed = (message: Uint8Array) => {
      const response = method.response.decode(message);
      done({ ok: true, response: (this.#tampering.response?.(path, response, request) ?? response) as Response });
    };
    this.#unary.get(method.path)!({
      ...callParts(method.path),
      message: method.request.encode(sent),
      reply: succeed,
      replyWith: (sizeBytes, encode) => {
        const buffer = new Uint8Array(sizeBytes);
        encode(buffer, 0);
        succeed(buffer);
      },
      replyInPieces: (sizeBytes) =>
        collectPieces(sizeBytes, succeed, () => done({ ok: false, code: internal, text: "an answer was given up" })),
      fail: ({ code, message }) => done({ ok: false, code, text: message }),
    });
  }

  /** Opens a streaming call; what the server sends goes to `receive`, which answers whether it takes more. */
  open<Request, Response>(
    method: MethodInfo<Request, Response>,
    receive: { message(response: Response): boolean; end?(text: string): void },
  ): LocalStream<Request> {
    const stream = new LocalStream<Request>(method, {
      message: (bytes) => {
        const message = method.response.decode(bytes);
        const told = this.#tampering.message?.(method.path, message) ?? [message];
        return told.map((each) => receive.message(each as Response)).every(Boolean);
      },
      end: (text) => receive.end?.(text),
    });
    this.#streams.get(method.path)!(stream.serverSide);
    return stream;
  }
}

/** The caller's end of a streaming call. */
export class LocalStream<Request> {
  readonly #method: MethodInfo<Request, unknown>;
  #onMessage: (message: Uint8Array) => void = () => {};
  #onCancel: () => void = () => {};
  #onWritable: () => void = () => {};
  readonly serverSide: StreamCall;

  constructor(
    method: MethodInfo<Request, unknown>,
    receive: { message(bytes: Uint8Array): boolean; end(text: string): void },
  ) {
    this.#method = method;
    this.serverSide = {
      ...callParts(method.path),
      onCancel: (run) => {
        this.#onCancel = run;
      },
      onMessage: (run) => {
        this.#onMessage = run;
      },
      onHalfClose: () => {},
      sendHeaders: () => {},
      send: (message) => receive.message(message),
      sendFramed: (frames) => messagesOf(frames).map(receive.message).every(Boolean),
      limitStalls: () => {},
      onWritable: (run) => {
        this.#onWritable = run;
      },
      end: (status) => receive.end(status?.message ?? ""),
      pauseReading: () => {},
      resumeReading: () => {},
    };
  }

  send(request: Request): void {
    this.#onMessage(this.#method.request.encode(request));
  }

  /** The caller takes messages again after it refused one. */
  writable(): void {
    this.#onWritable();
  }

  cancel(): void {
    this.#onCancel();
  }
}

function callParts(path: string) {
  return { path, metadata: Metadata.empty, peer, deadlineMs: undefined, cancelled: false, onCancel: () => {} };
}

/** Puts an answer together that comes in pieces. */
function collectPieces(sizeBytes: number, succeed: (message: Uint8Array) => void, giveUp: () => void): ReplyPieces {
  const message = new Uint8Array(sizeBytes);
  let at = 0;
  return {
    waitingBytes: 0,
    write: (bytes) => {
      message.set(bytes, at);
      at += bytes.length;
      if (at === sizeBytes) succeed(message);
      return true;
    },
    onWritable: () => {},
    abort: () => {
      if (at < sizeBytes) giveUp();
    },
  };
}

/** The messages of a run of frames, each behind gRPC's 5-byte prefix. */
function messagesOf(frames: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  for (let at = 0; at < frames.length; ) {
    const end = at + 5 + view.getUint32(at + 1);
    messages.push(frames.subarray(at + 5, end));
    at = end;
  }
  return messages;
}
