/**
 * A gRPC server over any byte streams. Register the methods, then hand it each accepted connection; a method that is
 * registered later is not seen by clients that asked for it before.
 */

import { type ByteStream, defaultLimits, type WireClock, type WireLimits } from "../http2/index.ts";
import { assert } from "../lib/index.ts";
import type { StreamCall, UnaryCall } from "./calls.ts";
import type { MessageCodec } from "./compression.ts";
import { silentObserver, type WireObserver } from "./observer.ts";
import { GrpcServerConnection, type Route, type ServerShared } from "./server-connection.ts";

/** What a server is made of. */
export interface GrpcServerOptions {
  readonly clock: WireClock;
  /** Overrides of `defaultLimits`. */
  readonly limits?: Partial<WireLimits>;
  readonly observer?: WireObserver;
  /** Encodings accepted for incoming messages beside `identity`. */
  readonly codecs?: readonly MessageCodec[];
}

/** Serves gRPC calls on any number of connections. */
export class GrpcServer {
  readonly #clock: WireClock;
  readonly #limits: WireLimits;
  readonly #routes = new Map<string, Route>();
  readonly #services = new Set<string>();
  readonly #connections = new Set<GrpcServerConnection>();
  readonly #shared: ServerShared;
  #isClosed = false;
  #drained: (() => void)[] = [];

  constructor(options: GrpcServerOptions) {
    this.#clock = options.clock;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#shared = {
      routes: this.#routes,
      services: this.#services,
      codecs: options.codecs ?? [],
      observer: options.observer ?? silentObserver,
      onConnectionClosed: (connection) => this.#forget(connection),
    };
  }

  /** Registers a unary method by its path, `/package.Service/Method`. */
  unary(path: string, handler: (call: UnaryCall) => void): void {
    this.#register(path, { kind: "unary", handler });
  }

  /** Registers a method that streams in at least one direction. */
  stream(path: string, handler: (call: StreamCall) => void): void {
    this.#register(path, { kind: "stream", handler });
  }

  #register(path: string, route: Route): void {
    const slash = path.lastIndexOf("/");
    assert(path.startsWith("/") && slash > 1 && slash < path.length - 1, `not a gRPC path: ${path}`);
    assert(!this.#routes.has(path), `registered twice: ${path}`);
    this.#routes.set(path, route);
    this.#services.add(path.slice(1, slash));
  }

  /** Serves a connection until it ends. */
  accept(stream: ByteStream): void {
    if (this.#isClosed) {
      stream.destroy();
      return;
    }
    const served = new GrpcServerConnection(this.#shared, { stream, clock: this.#clock, limits: this.#limits });
    this.#connections.add(served);
    served.connection.start();
  }

  /** Connections open now. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /**
   * Refuses new connections and calls, lets those under way finish, and resolves when all connections are closed, at
   * the latest after `timeoutMs`.
   */
  drain(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    for (const { connection } of [...this.#connections]) {
      connection.guard.limitDrain(timeoutMs);
      connection.drain();
    }
    return new Promise((resolve) => {
      if (this.#connections.size === 0) resolve();
      else this.#drained.push(resolve);
    });
  }

  /** Drops all connections at once and accepts no more. */
  close(): void {
    this.#isClosed = true;
    for (const { connection } of [...this.#connections]) connection.destroy("the server was closed");
  }

  #forget(connection: GrpcServerConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }
}
