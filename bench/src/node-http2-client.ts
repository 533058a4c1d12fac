/**
 * `LoadClient` on `node:http2`, which costs about ten times what packages/wire does per call. It is the second opinion:
 * a client that shares no code with our server (`--client node`).
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { AnswerHandler, LoadClient, LoadStream } from "./load-client.ts";

const prefixBytes = 5;
const empty = new Uint8Array(0);

/** Opens a connection; it is ready for calls at once. */
export function connectNodeHttp2(endpoint: string): LoadClient {
  const session = connect(`http://${endpoint}`, {
    settings: { initialWindowSize: 1 << 20 },
    peerMaxConcurrentStreams: 100_000,
    maxSessionMemory: 1_000,
  });
  session.on("error", () => {});
  session.on("connect", () => session.setLocalWindowSize(1 << 24));
  return {
    unary: (path, request, done) => unary(session, { path, request, done }),
    bidi: (path, handlers) => bidi(session, path, handlers),
    close: () => session.destroy(),
  };
}

function unary(
  session: ClientHttp2Session,
  { path, request, done }: { path: string; request: Uint8Array; done: AnswerHandler },
): void {
  const stream = open(session, path);
  const messages: Uint8Array[] = [];
  const take = messageCutter((message) => messages.push(message));
  let status = "no status";
  stream.on("response", (headers) => {
    if (headers["grpc-status"] !== undefined) status = `${headers["grpc-status"]} ${headers["grpc-message"] ?? ""}`;
  });
  stream.on("trailers", (trailers) => {
    status = `${trailers["grpc-status"]} ${trailers["grpc-message"] ?? ""}`;
  });
  stream.on("data", take);
  stream.on("error", (error) => {
    status = String(error);
  });
  stream.on("close", () => done(status.startsWith("0 ") ? undefined : status, messages[0] ?? empty));
  stream.end(framed(request));
}

function bidi(
  session: ClientHttp2Session,
  path: string,
  handlers: { onMessage: (message: Uint8Array) => void; onEnd: (reason: string) => void },
): LoadStream {
  const stream = open(session, path);
  stream.on("data", messageCutter(handlers.onMessage));
  stream.on("error", () => {});
  stream.on("close", () => handlers.onEnd("closed"));
  return { send: (message) => void stream.write(framed(message)) };
}

function open(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  return session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" });
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}

/** Cuts gRPC messages out of chunks of any size. */
function messageCutter(onMessage: (message: Uint8Array) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= prefixBytes && bytes.length >= prefixBytes + bytes.readUInt32BE(1)) {
      const end = prefixBytes + bytes.readUInt32BE(1);
      onMessage(bytes.subarray(prefixBytes, end));
      bytes = bytes.subarray(end);
    }
    rest = bytes;
  };
}
