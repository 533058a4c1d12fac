/**
 * A gRPC client on one connection: no reconnecting, no balancing, which belong to whoever owns several. Calls beyond
 * the server's limit of concurrent streams wait in order.
 */
import {
  type ByteStream,
  type ConnectionRole,
  defaultLimits,
  Http2Connection,
  Watchdog,
  type WireClock,
  type WireLimits,
} from "../http2/index.ts";
import type { GrpcClientCall } from "./client-call.ts";
import type { ClientCall, ClientStream, ClientStreamListener, UnaryResult } from "./client-calls.ts";
import { type RequestOptions, RequestWriter } from "./client-request.ts";
import { GrpcClientStreamCall } from "./client-stream-call.ts";
import { GrpcClientUnaryCall } from "./client-unary-call.ts";
import type { MessageCodec } from "./compression.ts";
import type { MessageIntake } from "./message-stream.ts";
import { deadlineExceededText, GrpcCode } from "./status.ts";

/** What a client is made of. */
export interface GrpcClientOptions {
  readonly clock: WireClock;
  /** The `:authority` of requests, usually `host:port`. */
  readonly authority: string;
  /** `https` over TLS; `http` unless given. */
  readonly scheme?: "http" | "https";
  readonly userAgent?: string;
  /** Overrides of `clientLimits`. */
  readonly limits?: Partial<WireLimits>;
  readonly codecs?: readonly MessageCodec[];
  /** Calls that may wait for the server's limit of concurrent streams; 65536 unless given. */
  readonly waitingCountMax?: number;
  /** The connection ended, or the server takes no new calls (`isDraining`): connect anew for further calls. */
  readonly onUnusable?: (reason: string) => void;
}

/** Limits of a client that names none: messages of any size, no keepalive. */
export const clientLimits: WireLimits = {
  ...defaultLimits,
  messageSizeMax: 2 ** 31 - 1,
  assemblySizeMax: Number.POSITIVE_INFINITY,
  keepaliveIntervalMs: Number.POSITIVE_INFINITY,
};

/** Makes calls on a connection. */
export class GrpcClient implements ConnectionRole, MessageIntake {
  readonly isServer = false;
  readonly connection: Http2Connection;
  readonly writer: RequestWriter;
  readonly codecs: readonly MessageCodec[];
  readonly messageSizeMax: number;
  readonly assemblySizeMax: number;
  assemblyBytes = 0;
  /** Why calls fail after the connection was lost. */
  lostText = "";
  readonly #clock: WireClock;
  readonly #waitingCountMax: number;
  readonly #onUnusable: ((reason: string) => void) | undefined;
  readonly #waitingWatch: Watchdog;
  #waiting = new Set<GrpcClientCall>();
  #isUnusable = false;

  constructor(stream: ByteStream, options: GrpcClientOptions) {
    const limits: WireLimits = { ...clientLimits, ...options.limits };
    this.codecs = options.codecs ?? [];
    this.messageSizeMax = limits.messageSizeMax;
    this.assemblySizeMax = limits.assemblySizeMax;
    this.#clock = options.clock;
    this.#waitingCountMax = options.waitingCountMax ?? 65536;
    this.#onUnusable = options.onUnusable;
    this.#waitingWatch = new Watchdog(options.clock, (nowMs) => this.#expireWaiting(nowMs));
    this.connection = new Http2Connection(this, { stream, clock: options.clock, limits });
    this.writer = new RequestWriter(this.connection, {
      authority: options.authority,
      scheme: options.scheme ?? "http",
      userAgent: options.userAgent ?? "etcd-ts-wire/0.1.0",
      acceptEncoding: this.codecs.map((codec) => codec.name).join(","),
    });
    this.connection.start();
  }

  /** Whether the connection takes new calls. */
  get isUsable(): boolean {
    return !this.#isUnusable;
  }

  /** Calls a unary method; `done` is called exactly once, never before this returns. The message must not change. */
  unary(path: string, message: Uint8Array, options: RequestOptions, done: (result: UnaryResult) => void): ClientCall {
    const call = new GrpcClientUnaryCall(this, { path, message, options, done });
    this.#start(call);
    return call;
  }

  /** Calls a streaming method. */
  stream(path: string, options: RequestOptions, listener: ClientStreamListener): ClientStream {
    const call = new GrpcClientStreamCall(this, { path, options, listener });
    this.#start(call);
    return call;
  }

  /** Drops the connection; calls under way end with code 14. */
  close(): void {
    this.connection.destroy("the client was closed");
  }

  /** Forgets a call that was not sent yet. */
  withdraw(call: GrpcClientCall): void {
    this.#waiting.delete(call);
  }

  #start(call: GrpcClientCall): void {
    const { timeoutMs } = call.options;
    if (timeoutMs !== undefined) call.expiresMs = Math.max(1, Math.ceil(this.#clock.nowMs() + timeoutMs));
    if (this.#isUnusable || this.#waiting.size >= this.#waitingCountMax) this.#refuse(call);
    else if (this.#waiting.size === 0 && this.connection.canOpen) this.#open(call);
    else this.#wait(call);
  }

  #refuse(call: GrpcClientCall): void {
    const text = this.#isUnusable ? this.lostText : "too many calls wait for the server";
    const code = this.#isUnusable ? GrpcCode.unavailable : GrpcCode.resourceExhausted;
    this.#clock.endOfTurn(() => call.giveUp(code, text));
  }

  #wait(call: GrpcClientCall): void {
    this.#waiting.add(call);
    if (call.expiresMs > 0) this.#waitingWatch.wakeAt(call.expiresMs);
  }

  #open(call: GrpcClientCall): void {
    this.connection.open(call);
    if (call.expiresMs > 0) this.connection.guard.wakeAt(call.expiresMs);
    call.begin();
  }

  #expireWaiting(nowMs: number): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const call of [...this.#waiting]) {
      if (call.expiresMs === 0) continue;
      if (nowMs >= call.expiresMs) call.giveUp(GrpcCode.deadlineExceeded, deadlineExceededText);
      else dueMs = Math.min(dueMs, call.expiresMs);
    }
    return dueMs;
  }

  openStream(): undefined {
    return undefined;
  }

  onCapacity(): void {
    if (this.#waiting.size === 0) return;
    for (const call of this.#waiting) {
      if (!this.connection.canOpen) return;
      this.#waiting.delete(call);
      this.#open(call);
    }
  }

  onGoAway(): void {
    this.#becomeUnusable("the server takes no new calls");
  }

  onClosed(reason: string): void {
    this.#becomeUnusable(reason);
  }

  onTraffic(): void {}

  #becomeUnusable(reason: string): void {
    if (this.#isUnusable) return;
    this.#isUnusable = true;
    this.lostText = `error reading from server: ${reason}`;
    this.#waitingWatch.stop();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.giveUp(GrpcCode.unavailable, this.lostText);
    this.#onUnusable?.(reason);
  }
}
