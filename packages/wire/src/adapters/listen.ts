/**
 * A listening port that serves HTTP/2 and HTTP/1.1 side by side, plain or over TLS.
 */
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type PortMuxTargets, routeSocket } from "./port-mux.ts";

/** What to listen on and where connections go. */
export interface ListenOptions extends Omit<PortMuxTargets, "sniffDeadlineMs"> {
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port?: number;
  /** A local socket instead of host and port. */
  readonly path?: string;
  /** Certificates and the like; present means TLS. */
  readonly tls?: TlsOptions;
  /** How long TLS and the choice of protocol may take, each; 10 s unless given. */
  readonly handshakeDeadlineMs?: number;
  /** Told of a connection that failed before it was handed on. */
  readonly onHandshakeError?: (error: Error, remoteAddress: string | undefined) => void;
}

/** A port being listened on. */
export interface WireListener {
  /** Port number, or 0 for a local socket. */
  readonly port: number;
  /** `host:port` or the path. */
  readonly address: string;
  /** The underlying server, for `setSecureContext` and the like. */
  readonly server: Server;
  /** Stops accepting; resolves when connections that were not handed on are gone. */
  close(): Promise<void>;
}

const highWaterMark = 256 * 1024;

/** Starts listening; rejects when the address cannot be had. */
export function listen(options: ListenOptions): Promise<WireListener> {
  const sniffDeadlineMs = options.handshakeDeadlineMs ?? 10_000;
  const targets: PortMuxTargets = { onHttp2: options.onHttp2, onHttp1: options.onHttp1, sniffDeadlineMs };
  const pending = new Set<Socket>();
  const server = options.tls === undefined ? createTcpServer({ highWaterMark }) : tlsServer(options, sniffDeadlineMs);
  server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    pending.add(socket);
    socket.once("close", () => pending.delete(socket));
    routeSocket(socket, {
      ...targets,
      onHttp2: (stream) => {
        pending.delete(socket);
        targets.onHttp2(stream);
      },
      onHttp1: (plain) => {
        pending.delete(socket);
        targets.onHttp1(plain);
      },
    });
  });
  return started(server, pending, options);
}

function tlsServer(options: ListenOptions, handshakeTimeout: number): Server {
  const server = createTlsServer({ ALPNProtocols: ["h2", "http/1.1"], ...options.tls, handshakeTimeout });
  server.on("tlsClientError", (error, socket) => {
    options.onHandshakeError?.(error, socket.remoteAddress);
    // Node reports a handshake that took too long but leaves the connection open.
    socket.destroy();
  });
  return server;
}

function started(server: Server, pending: Set<Socket>, options: ListenOptions): Promise<WireListener> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const onListening = () => {
      server.removeListener("error", reject);
      resolve(listenerOf(server, pending));
    };
    if (options.path !== undefined) server.listen(options.path, onListening);
    else server.listen(options.port ?? 0, options.host, onListening);
  });
}

function listenerOf(server: Server, pending: Set<Socket>): WireListener {
  const bound = server.address() as AddressInfo | string;
  return {
    port: typeof bound === "string" ? 0 : bound.port,
    address: typeof bound === "string" ? bound : hostPort(bound),
    server,
    close: () =>
      new Promise((resolve) => {
        server.close();
        for (const socket of pending) socket.destroy();
        resolve();
      }),
  };
}

function hostPort({ address, port }: AddressInfo): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
