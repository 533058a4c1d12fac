/**
 * Connecting to an HTTP/2 server, plain with prior knowledge or over TLS with ALPN.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { ByteStream } from "../http2/index.ts";
import { NodeByteStream } from "./node-byte-stream.ts";

/** Where to connect to. */
export interface ConnectOptions {
  readonly host?: string;
  readonly port?: number;
  /** A local socket instead of host and port. */
  readonly path?: string;
  /** Authorities, certificate and the like; present means TLS. */
  readonly tls?: ConnectionOptions;
  /** How long connecting may take; 10 s unless given. */
  readonly timeoutMs?: number;
}

const highWaterMark = 256 * 1024;

/** Opens a connection for a `GrpcClient`; rejects when that fails or the server does not agree to HTTP/2. */
export function connect(options: ConnectOptions): Promise<ByteStream> {
  const { host, port, path, tls } = options;
  const target = path === undefined ? { host: host ?? "127.0.0.1", port: port ?? 0 } : { path };
  const socket: Socket =
    tls === undefined
      ? connectTcp({ ...target, highWaterMark } as Parameters<typeof connectTcp>[0] & object)
      : connectTls({ ALPNProtocols: ["h2"], ...target, ...tls });
  return new Promise((resolve, reject) => {
    const stream = new NodeByteStream(socket);
    const timer = setTimeout(() => socket.destroy(new Error("connecting took too long")), options.timeoutMs ?? 10_000);
    const onError = (error: Error) => reject(error);
    const onClose = () => {
      clearTimeout(timer);
      reject(new Error("the connection was closed"));
    };
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.once(tls === undefined ? "connect" : "secureConnect", () => {
      clearTimeout(timer);
      socket.removeListener("error", onError);
      socket.removeListener("close", onClose);
      resolve(stream);
    });
  });
}
