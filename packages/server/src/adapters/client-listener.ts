/**
 * Listens on one address, plain or over TLS, and hands every connection on by the protocol it speaks. HTTP/2 and
 * HTTP/1.1 share the port. Connections that have not said what they speak, or not finished their handshake, have a deadline.
 */
import { createServer, type Server, type Socket } from "node:net";
import { type PortMuxTargets, routeSocket } from "@etcd-ts/wire/node";
import type { Clock, Logger } from "../ports/index.ts";
import { boundAddress, listenOn } from "./bound-address.ts";
import type { ConnectionLimit } from "./connection-limit.ts";
import { TlsAcceptor } from "./tls-acceptor.ts";
import type { TlsMaterial } from "./tls-material.ts";

/** Where to listen, over which TLS, and whom connections are handed to. */
export interface ClientListenerOptions {
  readonly where: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Absent: plain. */
  readonly tls: TlsMaterial | undefined;
  readonly targets: Omit<PortMuxTargets, "sniffDeadlineMs">;
  /** Shared by all listeners for clients. */
  readonly limit: ConnectionLimit;
  readonly clock: Clock;
  readonly log: Logger;
}

const SNIFF_DEADLINE_MS = 10_000;
/** Bytes a socket reads ahead of its reader. */
const HIGH_WATER_BYTES = 256 * 1024;

/** An address being listened on. */
export class ClientListener {
  readonly #server: Server;
  /** Sockets that have not been handed on yet. */
  readonly #pending = new Set<Socket>();

  private constructor(options: ClientListenerOptions) {
    const { tls: material, clock, log, limit } = options;
    const route = (socket: Socket) => routeSocket(socket, this.#targets(socket, options.targets));
    const onConnection = (socket: Socket, raw: Socket) => {
      this.#pending.delete(raw);
      this.#hold(socket);
      route(socket);
    };
    const tls = material && new TlsAcceptor({ material, clock, log, side: "client", onConnection });
    this.#server = createServer({ highWaterMark: HIGH_WATER_BYTES, noDelay: true }, (socket) => {
      if (!limit.admit(socket)) return;
      this.#hold(socket);
      if (tls === undefined) route(socket);
      else tls.accept(socket);
    });
  }

  /** Drops the socket with the listener, unless it is handed on before. */
  #hold(socket: Socket): void {
    this.#pending.add(socket);
    socket.once("close", () => this.#pending.delete(socket));
  }

  /** Starts listening; rejects when the address cannot be had. */
  static async open(options: ClientListenerOptions): Promise<ClientListener> {
    const listener = new ClientListener(options);
    await listenOn(listener.#server, options.where);
    // Accepting may fail for want of memory or descriptors; the next connection may be had again.
    listener.#server.on("error", (error) => options.log.warn("failed to accept a connection", { error }));
    return listener;
  }

  /** `host:port`, or the path of a local socket. */
  get address(): string {
    return boundAddress(this.#server);
  }

  /** Accepts no more and drops who has not said what it speaks; connections that were handed on stay. */
  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#pending) socket.destroy();
  }

  #targets(socket: Socket, { onHttp1, onHttp2 }: ClientListenerOptions["targets"]): PortMuxTargets {
    return {
      sniffDeadlineMs: SNIFF_DEADLINE_MS,
      onHttp1: (plain) => {
        this.#pending.delete(socket);
        onHttp1(plain);
      },
      onHttp2: (stream) => {
        this.#pending.delete(socket);
        onHttp2(stream);
      },
    };
  }
}
