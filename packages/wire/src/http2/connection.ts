/**
 * An HTTP/2 connection (RFC 9113) over a byte stream: its state, its output and its life. Frames from the peer are
 * judged in `inbound.ts`; what the streams mean is up to the role (a gRPC server or client).
 *
 * Output gathers in one buffer and leaves in one write: at the end of a chunk's processing, or at the end of the
 * turn when something is sent in between. A server whose output the transport does not take stops reading, so a
 * peer that never reads costs a bounded amount of memory and, after `writeStallMs`, its connection.
 */
import { type HeaderBlock, HpackDecoder, HpackEncoder } from "../hpack/index.ts";
import { assert, OutputBuffer } from "../lib/index.ts";
import type { ByteListener, ByteStream, WireClock } from "./byte-stream.ts";
import { FrameReader } from "./frame-reader.ts";
import { writeGoAway, writePing, writeReset, writeSettings, writeWindowUpdate } from "./frame-writer.ts";
import { clientPreface, connectionLost, ErrorCode, SettingId, streamIdMax } from "./frames.ts";
import { Guard } from "./guard.ts";
import { Inbound } from "./inbound.ts";
import type { WireLimits } from "./limits.ts";
import { SendScheduler } from "./send-scheduler.ts";
import { PeerSettings } from "./settings.ts";
import type { Http2Stream } from "./stream.ts";

/** What a connection asks of the layer above it. */
export interface ConnectionRole {
  readonly isServer: boolean;
  /** Server: a peer opens a stream. Answers the stream, or undefined after it was refused with `refuse`. */
  openStream(id: number, block: HeaderBlock): Http2Stream | undefined;
  /** Client: the peer allows more streams, or a stream ended. */
  onCapacity(): void;
  /** Client: the peer takes no new streams. */
  onGoAway(): void;
  /** The connection ended; its streams are told next. */
  onClosed(reason: string): void;
  /** Bytes passed the transport. */
  onTraffic(receivedBytes: number, sentBytes: number): void;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly stream: ByteStream;
  readonly clock: WireClock;
  readonly limits: WireLimits;
}

const initialOutSizeBytes = 4096;
const closeDelayMs = 1000;
const drainPing = new Uint8Array([0x64, 0x72, 0x61, 0x69, 0x6e, 0, 0, 1]);

/** Both ends' engine. */
export class Http2Connection implements ByteListener {
  readonly role: ConnectionRole;
  readonly limits: WireLimits;
  readonly clock: WireClock;
  readonly transport: ByteStream;
  /** Bytes to be written with the next flush. */
  readonly out = new OutputBuffer(initialOutSizeBytes);
  readonly encoder = new HpackEncoder({ usesHuffman: false });
  readonly decoder: HpackDecoder;
  readonly peerSettings = new PeerSettings();
  readonly scheduler = new SendScheduler(this);
  readonly streams = new Map<number, Http2Stream>();
  readonly guard: Guard;
  readonly inbound: Inbound;
  /** Time of the last chunk or timer. */
  nowMs: number;
  /** The transport takes no bytes at present. */
  isBlocked = false;
  /** Nothing is sent or understood any more. */
  isClosed = false;
  /** No new streams: we or the peer said GOAWAY. */
  isDraining = false;
  #isProcessing = false;
  #isFlushScheduled = false;
  #unfinished: Http2Stream[] = [];
  #nextId = 1;
  #isTransportGone = false;
  #destroyTimer: { cancel(): void } | undefined;
  readonly #reader: FrameReader;
  readonly #flushAtEndOfTurn: () => void;

  constructor(role: ConnectionRole, options: ConnectionOptions) {
    const { limits, clock, stream } = options;
    this.role = role;
    this.limits = limits;
    this.clock = clock;
    this.transport = stream;
    this.nowMs = clock.nowMs();
    this.decoder = new HpackDecoder({
      tableSizeMax: limits.headerTableSize,
      listSizeMax: limits.headerListSizeMax,
    });
    this.inbound = new Inbound(this);
    this.#reader = new FrameReader(this.inbound, { expectsPreface: role.isServer, frameSizeMax: 16384 });
    this.guard = new Guard(this, this.#reader);
    this.#flushAtEndOfTurn = () => {
      this.#isFlushScheduled = false;
      this.flush();
    };
  }

  /** Sends our preface and begins to listen. */
  start(): void {
    this.#writePreface();
    this.guard.start();
    this.transport.attach(this);
    this.scheduleFlush();
  }

  /** Bytes from the peer: every frame in them is handled, then everything they caused is written at once. */
  onBytes(chunk: Uint8Array): void {
    if (this.isClosed) return;
    this.nowMs = this.clock.nowMs();
    this.role.onTraffic(chunk.length, 0);
    this.#isProcessing = true;
    this.#reader.push(chunk);
    this.#isProcessing = false;
    this.guard.onChunk(this.nowMs);
    this.flush();
  }

  /** The transport has room again. */
  onDrain(): void {
    if (!this.isBlocked || this.isClosed) return;
    this.isBlocked = false;
    if (this.role.isServer) this.transport.resume();
    this.flush();
  }

  /** A peer that finished sending has nothing more to ask; answers under way are lost to it. */
  onEnd(): void {
    if (this.isClosed) return;
    this.flush();
    this.transport.end();
    this.#close("the peer closed the connection");
    this.#destroyIn(this.limits.writeStallMs);
  }

  /** The transport is gone. */
  onClose(error?: Error): void {
    this.#isTransportGone = true;
    this.#destroyTimer?.cancel();
    this.#close(error === undefined ? "the connection was closed" : error.message);
  }

  /** Writes what has gathered, after whatever waits for windows had its turn. */
  flush(): void {
    if (this.isClosed) return;
    if (this.#unfinished.length > 0) this.#resetUnfinished();
    if (this.scheduler.hasReady) this.scheduler.pump();
    this.inbound.giveCredit();
    this.writeOut();
  }

  /** Makes sure that a flush follows in this turn. */
  scheduleFlush(): void {
    if (this.#isProcessing || this.#isFlushScheduled || this.isClosed) return;
    this.#isFlushScheduled = true;
    this.clock.endOfTurn(this.#flushAtEndOfTurn);
  }

  /** Hands the output buffer to the transport unless that is blocked. */
  writeOut(): void {
    const out = this.out;
    if (out.length === 0 || this.isBlocked || this.isClosed) return;
    this.role.onTraffic(0, out.length);
    const accepted = this.transport.write(out.view());
    if (this.transport.bufferedBytes === 0) out.reuse();
    else out.release();
    if (!accepted) this.#block();
  }

  /** Notes that header or data frames went out; useful ones balance the peer's window updates. */
  hasSent(isUseful: boolean): void {
    this.inbound.pings.hasSent = true;
    if (isUseful) this.inbound.idleFrames.earn(2);
  }

  /** Whether `sizeBytes` of data may go into the output buffer as one frame right now. */
  canSend(stream: Http2Stream, sizeBytes: number): boolean {
    return (
      stream.queue === undefined &&
      !this.isBlocked &&
      sizeBytes <= stream.sendWindow &&
      sizeBytes <= this.scheduler.windowBytes &&
      sizeBytes <= this.peerSettings.frameSizeMax
    );
  }

  /** Client: whether the peer admits another stream. */
  get canOpen(): boolean {
    const { isClosed, isDraining, inbound, streams, peerSettings } = this;
    return !isClosed && !isDraining && inbound.hasSettings && streams.size < peerSettings.streamCountMax;
  }

  /** Client: whether a stream with this id was ever opened. */
  hasOpened(id: number): boolean {
    return (id & 1) === 1 && id < this.#nextId;
  }

  /** Client: gives a stream its id; its HEADERS frame must be next in the output. */
  open(stream: Http2Stream): void {
    assert(this.canOpen && !this.role.isServer, "a stream was opened against the rules");
    stream.id = this.#nextId;
    stream.sendWindow = this.peerSettings.initialWindowSize;
    this.#nextId += 2;
    this.streams.set(stream.id, stream);
    if (this.#nextId < streamIdMax - 2) return;
    this.isDraining = true;
    this.role.onGoAway();
  }

  /** Our side of a stream has sent its END_STREAM. */
  finishLocal(stream: Http2Stream): void {
    stream.localClosed = true;
    if (stream.remoteClosed) this.remove(stream);
    else if (this.role.isServer) this.#unfinished.push(stream);
  }

  /** The peer's side ended. */
  finishRemote(stream: Http2Stream): void {
    if (stream.localClosed && !stream.isGone) this.remove(stream);
  }

  /** Forgets a stream that both ends have finished. */
  remove(stream: Http2Stream): void {
    stream.isGone = true;
    stream.queue = undefined;
    this.inbound.release(stream, stream.heldBytes);
    this.streams.delete(stream.id);
    if (!this.role.isServer) this.role.onCapacity();
    if (this.isDraining && this.streams.size === 0) this.#endDrained();
  }

  /** Sends RST_STREAM and forgets the stream, which learns of it by `onReset`. */
  reset(stream: Http2Stream, code: number): void {
    if (stream.isGone) return;
    writeReset(this.out, stream.id, code);
    this.inbound.rememberReset(stream.id);
    this.remove(stream);
    stream.onReset(code);
    this.scheduleFlush();
  }

  /** Ends the connection because of the peer: GOAWAY with the code, then close. */
  fail(code: number, debug: string): undefined {
    if (this.isClosed) return;
    writeGoAway(this.out, { lastId: this.inbound.lastId, code, debug });
    this.isBlocked = false;
    this.writeOut();
    this.transport.end();
    this.#close(debug);
    this.#destroyIn(closeDelayMs);
  }

  /** Drops the connection without a word. */
  destroy(reason: string): void {
    this.transport.destroy(new Error(reason));
    this.#close(reason);
  }

  /** Takes no new streams and closes after the last one: GOAWAY twice, so that no call in flight is lost. */
  drain(): void {
    if (this.isClosed || this.inbound.isDrainAnnounced) return;
    this.inbound.isDrainAnnounced = true;
    writeGoAway(this.out, { lastId: streamIdMax, code: ErrorCode.noError, debug: "graceful_stop" });
    writePing(this.out, { bytes: drainPing, start: 0, isAck: false });
    this.scheduleFlush();
  }

  /** The second GOAWAY, once the peer has answered the ping after the first. */
  finishDrain(): undefined {
    if (this.isDraining || !this.inbound.isDrainAnnounced) return;
    this.isDraining = true;
    writeGoAway(this.out, { lastId: this.inbound.lastId, code: ErrorCode.noError, debug: "" });
    if (this.streams.size === 0) this.#endDrained();
    else this.scheduleFlush();
  }

  /** Client: the peer said GOAWAY; streams it will not serve are lost, the rest go on. */
  acceptGoAway(lastId: number): void {
    this.isDraining = true;
    for (const stream of [...this.streams.values()]) {
      if (stream.id <= lastId || stream.isGone) continue;
      this.remove(stream);
      stream.onReset(ErrorCode.refusedStream);
    }
    this.role.onGoAway();
    if (this.streams.size === 0) this.#endDrained();
  }

  #writePreface(): void {
    const { limits, out } = this;
    if (!this.role.isServer) {
      const at = out.reserve(clientPreface.length);
      for (let index = 0; index < clientPreface.length; index++) {
        out.bytes[at + index] = clientPreface.charCodeAt(index);
      }
    }
    writeSettings(out, [
      this.role.isServer ? [SettingId.maxConcurrentStreams, limits.streamCountMax] : [SettingId.enablePush, 0],
      [SettingId.headerTableSize, limits.headerTableSize],
      [SettingId.initialWindowSize, limits.streamWindowSize],
      [SettingId.maxHeaderListSize, limits.headerListSizeMax],
    ]);
    const increment = this.inbound.window.open(limits.connectionWindowSize);
    if (increment > 0) writeWindowUpdate(out, 0, increment);
  }

  #block(): void {
    this.isBlocked = true;
    if (this.role.isServer) this.transport.pause();
    this.guard.onBlocked();
  }

  /** Streams we answered before the peer finished asking: tell it that the rest is not wanted. */
  #resetUnfinished(): void {
    const streams = this.#unfinished;
    this.#unfinished = [];
    for (const stream of streams) {
      if (stream.isGone) continue;
      writeReset(this.out, stream.id, ErrorCode.noError);
      this.inbound.rememberReset(stream.id);
      this.remove(stream);
    }
  }

  #endDrained(): void {
    if (this.isClosed) return;
    this.isBlocked = false;
    this.writeOut();
    this.transport.end();
    this.#close("drained");
    this.#destroyIn(closeDelayMs);
  }

  /** A peer that reads nothing would keep the transport open for ever. */
  #destroyIn(delayMs: number): void {
    if (this.#isTransportGone || delayMs === Number.POSITIVE_INFINITY) return;
    this.#destroyTimer = this.clock.setTimer(delayMs, () => this.transport.destroy());
  }

  #close(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#reader.stop();
    this.guard.stop();
    const streams = [...this.streams.values()];
    this.streams.clear();
    for (const stream of streams) {
      stream.isGone = true;
      stream.queue = undefined;
    }
    // The role first: it words what the streams will report.
    this.role.onClosed(reason);
    for (const stream of streams) stream.onReset(connectionLost);
  }
}
