/**
 * A server and one connection to it in memory, with scripted time: bytes move only in `settle`, until both ends and
 * the clock have nothing left to do.
 */
import { GrpcClient, type GrpcClientOptions, GrpcServer, type GrpcServerOptions } from "../grpc/index.ts";
import type { ByteStream } from "../http2/index.ts";
import { assert } from "../lib/index.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryStream } from "./memory-stream.ts";

const stepCountMax = 100_000;

/** A way to cut a chunk into the pieces it arrives in. */
export type Cut = (bytes: Uint8Array) => Uint8Array[];

/** Moves bytes both ways until nothing moves. */
export function settle(clock: ManualClock, end: MemoryStream, cut?: Cut): void {
  const other = end.other;
  assert(other !== undefined, "the stream is not connected");
  for (let step = 0; step < stepCountMax; step++) {
    const hadWork = clock.settle();
    const hasMoved = [end.deliver(cut), other.deliver(cut)].includes(true);
    if (!hadWork && !hasMoved) return;
  }
  assert(false, "the two ends never come to rest");
}

/** Lets time pass in small steps, after each of which bytes move. */
export function advance(clock: ManualClock, durationMs: number, settleAll: () => void): void {
  const stepMs = Math.max(1, durationMs / 100);
  for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
    clock.advance(Math.min(stepMs, durationMs - passedMs));
    settleAll();
  }
}

/** A gRPC server and a client of it. */
export class Link {
  readonly clock = new ManualClock();
  readonly server: GrpcServer;
  readonly clientEnd: MemoryStream;
  readonly serverEnd: MemoryStream;
  readonly client: GrpcClient;
  readonly #cut: Cut | undefined;

  constructor(
    options: { server?: Partial<GrpcServerOptions>; client?: Partial<GrpcClientOptions>; cut?: Cut } = {},
    setUp: (server: GrpcServer) => void = () => {},
  ) {
    this.#cut = options.cut;
    this.server = new GrpcServer({ clock: this.clock, ...options.server });
    setUp(this.server);
    [this.clientEnd, this.serverEnd] = MemoryStream.pair();
    this.server.accept(this.serverEnd as ByteStream);
    this.client = new GrpcClient(this.clientEnd as ByteStream, {
      clock: this.clock,
      authority: "test",
      ...options.client,
    });
    this.settle();
  }

  /** Moves bytes until nothing moves. */
  settle(): void {
    settle(this.clock, this.clientEnd, this.#cut);
  }

  /** Lets time pass, with everything it causes. */
  advance(durationMs: number): void {
    advance(this.clock, durationMs, () => this.settle());
  }
}
