/**
 * A gRPC server and a peer that writes frames by hand, in memory and with scripted time.
 */
import { GrpcServer, type StreamCall, type UnaryCall } from "../grpc/index.ts";
import { defaultLimits, type WireLimits } from "../http2/index.ts";
import { advance, settle } from "./link.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryStream } from "./memory-stream.ts";
import { RawPeer } from "./raw-peer.ts";

/** The server answers `/t.T/Echo`, keeps the calls of `/t.T/Wait` and `/t.T/Open`. */
export class RawLink {
  readonly clock = new ManualClock();
  readonly server: GrpcServer;
  readonly limits: WireLimits;
  readonly peer: RawPeer;
  readonly peerEnd: MemoryStream;
  readonly serverEnd: MemoryStream;
  readonly waiting: UnaryCall[] = [];
  readonly open: StreamCall[] = [];
  /** Calls of `/t.T/Echo` that reached the handler. */
  echoCount = 0;

  constructor(limits: Partial<WireLimits> = {}) {
    this.limits = { ...defaultLimits, ...limits };
    this.server = new GrpcServer({ clock: this.clock, limits });
    this.server.unary("/t.T/Echo", (call) => {
      this.echoCount++;
      call.reply(call.message);
    });
    this.server.unary("/t.T/Wait", (call) => this.waiting.push(call));
    this.server.stream("/t.T/Open", (call) => this.open.push(call));
    [this.peerEnd, this.serverEnd] = MemoryStream.pair();
    this.server.accept(this.serverEnd);
    this.peer = new RawPeer(this.peerEnd);
  }

  /** A link whose handshake is done. */
  static greeted(limits: Partial<WireLimits> = {}, settings: readonly (readonly [number, number])[] = []): RawLink {
    const link = new RawLink(limits);
    link.peer.greet(settings);
    link.settle();
    return link;
  }

  /** Moves bytes until nothing moves. */
  settle(): void {
    settle(this.clock, this.peerEnd);
  }

  /** Lets what was written arrive, then time pass, with everything it causes. */
  advance(durationMs: number): void {
    this.settle();
    advance(this.clock, durationMs, () => this.settle());
  }
}
