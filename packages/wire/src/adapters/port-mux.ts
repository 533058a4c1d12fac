/**
 * Finds out which protocol an accepted socket speaks and hands it on untouched: what was read to find out is put
 * back. TLS says it by ALPN; otherwise the first bytes do. A socket that does not say in time is dropped.
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type ByteStream, sniffProtocol } from "../http2/index.ts";
import { NodeByteStream } from "./node-byte-stream.ts";

/** Receives sockets by protocol. */
export interface PortMuxTargets {
  /** An HTTP/2 connection, nothing of it consumed. */
  readonly onHttp2: (stream: ByteStream) => void;
  /** An HTTP/1.1 connection, nothing of it consumed: `httpServer.emit("connection", socket)` serves it. */
  readonly onHttp1: (socket: Socket) => void;
  /** How long a client may take to say what it speaks. */
  readonly sniffDeadlineMs: number;
}

/** Hands an accepted socket to one of the targets. */
export function routeSocket(socket: Socket, targets: PortMuxTargets): void {
  const agreed = socket instanceof TLSSocket ? socket.alpnProtocol : null;
  if (agreed === "h2") targets.onHttp2(new NodeByteStream(socket));
  else if (agreed === "http/1.1") targets.onHttp1(socket);
  else sniffSocket(socket, targets);
}

function sniffSocket(socket: Socket, targets: PortMuxTargets): void {
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), targets.sniffDeadlineMs);
  const leave = () => {
    clearTimeout(timer);
    socket.removeListener("data", onData);
    socket.removeListener("end", onEnd);
    socket.removeListener("error", onError);
    socket.removeListener("close", leave);
  };
  const onData = (chunk: Buffer) => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const protocol = sniffProtocol(seen);
    if (protocol === undefined) return;
    leave();
    socket.pause();
    socket.unshift(seen);
    if (protocol === "http2") targets.onHttp2(new NodeByteStream(socket));
    else targets.onHttp1(socket);
    // The new owner has its listeners; the bytes put back come to them first.
    socket.resume();
  };
  const onEnd = () => socket.destroy();
  const onError = () => socket.destroy();
  socket.on("data", onData);
  socket.on("end", onEnd);
  socket.on("error", onError);
  socket.on("close", leave);
}
