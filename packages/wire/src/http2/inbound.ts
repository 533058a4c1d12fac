/**
 * Judges the peer's frames (RFC 9113 sections 5 and 6) and passes what they mean to the streams. A violation ends
 * the stream or the connection as the specification says; frames that carry no work draw on a budget, and so do
 * streams that are reset early, whichever end resets them (the attacks of 2023 and 2025). Whatever may be the last
 * word on a frame has the type undefined, so that a judge can return it.
 */
import type { HeaderBlock } from "../hpack/index.ts";
import { AbuseBudget } from "./abuse-budget.ts";
import type { Http2Connection } from "./connection.ts";
import type { FrameSink } from "./frame-reader.ts";
import { writePing, writeReset, writeSettingsAck, writeWindowUpdate } from "./frame-writer.ts";
import { ErrorCode, Flag, FrameType, streamIdMax, windowSizeMax } from "./frames.ts";
import { HeaderAssembly } from "./header-assembly.ts";
import { PingPolicy } from "./ping-policy.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { RecentIds } from "./recent-ids.ts";
import type { Http2Stream } from "./stream.ts";

/** Costs in tokens of the idle-frame budget; an unknown frame costs 1. */
const cost = {
  settings: 20,
  ping: 5,
  expectedPing: 1,
  emptyData: 10,
  trailers: 1,
  refused: 20,
  goneStream: 1,
  windowUpdate: 1,
} as const;

/** The receiving half of a connection. */
export class Inbound implements FrameSink {
  /** Highest stream the peer has opened. */
  lastId = 0;
  /** Whether the peer's first SETTINGS arrived. */
  hasSettings = false;
  /** Whether the first GOAWAY of a drain was sent. */
  isDrainAnnounced = false;
  /** Frames received. */
  frameCount = 0;
  readonly window: ReceiveWindow;
  readonly pings: PingPolicy;
  readonly idleFrames: AbuseBudget;
  readonly #resets: AbuseBudget;
  readonly #connection: Http2Connection;
  readonly #recentResets = new RecentIds();
  #assembly: HeaderAssembly | undefined;
  #heldBytes = 0;

  constructor(connection: Http2Connection) {
    const { limits, nowMs } = connection;
    this.#connection = connection;
    this.window = new ReceiveWindow(limits.connectionWindowSizeMax);
    this.pings = new PingPolicy(limits);
    this.idleFrames = new AbuseBudget({ burst: limits.idleFrameBurst, perSecond: limits.idleFramesPerSecond, nowMs });
    this.#resets = new AbuseBudget({ burst: limits.resetBurst, perSecond: limits.resetsPerSecond, nowMs });
  }

  /** When the field section under way began, or undefined. */
  get assemblyStartedMs(): number | undefined {
    return this.#assembly?.startedMs;
  }

  /** A whole frame. */
  onFrame(type: number, flags: number, id: number, bytes: Uint8Array, start: number, end: number): boolean {
    this.frameCount++;
    if (this.#assembly !== undefined && type !== FrameType.continuation) this.#violation("expected CONTINUATION");
    else if (!this.hasSettings && (type !== FrameType.settings || (flags & Flag.ack) !== 0)) {
      this.#violation("expected SETTINGS");
    } else if (type === FrameType.data) this.#data(flags, id, bytes, start, end);
    else if (type === FrameType.headers) this.#headers(flags, id, bytes, start, end);
    else this.#control(type, flags, id, bytes, start, end);
    return !this.#connection.isClosed;
  }

  /** A frame larger than we allow. */
  onOversizedFrame(): void {
    this.#connection.fail(ErrorCode.frameSizeError, "frame too large");
  }

  /** Not HTTP/2. */
  onBadPreface(): void {
    this.#connection.fail(ErrorCode.protocolError, "invalid preface");
  }

  /** Notes that frames for this stream may still be on their way. */
  rememberReset(id: number): void {
    this.#recentResets.add(id);
  }

  /** Counts bytes a paused reader keeps. */
  hold(stream: Http2Stream, sizeBytes: number): void {
    stream.heldBytes += sizeBytes;
    this.#heldBytes += sizeBytes;
  }

  /** Bytes a reader kept are consumed, or its stream ended. */
  release(stream: Http2Stream, sizeBytes: number): void {
    if (sizeBytes === 0) return;
    stream.heldBytes -= sizeBytes;
    this.#heldBytes -= sizeBytes;
    if (!stream.isGone) this.#creditStream(stream);
    this.#connection.scheduleFlush();
  }

  /** Gives the connection's window back when enough has been consumed. */
  giveCredit(): void {
    const { limits, out, nowMs } = this.#connection;
    const held = this.#heldBytes > limits.heldSizeMax ? this.#heldBytes : 0;
    const increment = this.window.credit(nowMs, held);
    if (increment > 0) writeWindowUpdate(out, 0, increment);
  }

  /** Resets a stream for what the peer did; too many of these end the connection. */
  abort(stream: Http2Stream, code: number): undefined {
    if (this.#spendReset()) this.#connection.reset(stream, code);
  }

  /** Refuses a stream that was never opened. */
  refuse(id: number, code: number): undefined {
    if (!this.#spendReset()) return;
    this.rememberReset(id);
    writeReset(this.#connection.out, id, code);
  }

  #data(flags: number, id: number, bytes: Uint8Array, start: number, end: number): undefined {
    const connection = this.#connection;
    const size = end - start;
    if (!this.window.take(size)) return connection.fail(ErrorCode.flowControlError, "connection window exceeded");
    let from = start;
    let to = end;
    if ((flags & Flag.padded) !== 0) {
      from = start + 1;
      to = end - (size > 0 ? bytes[start]! : 0);
      if (size === 0 || to < from) return this.#violation("padding too long");
    }
    const stream = connection.streams.get(id);
    if (stream === undefined) return this.#dataOfGone(id);
    if (stream.remoteClosed) return this.abort(stream, ErrorCode.streamClosed);
    stream.receiveUsed += size;
    if (stream.receiveUsed > connection.limits.streamWindowSize) return this.abort(stream, ErrorCode.flowControlError);
    const isEnd = (flags & Flag.endStream) !== 0;
    if (from === to && !isEnd && !this.#spend(cost.emptyData)) return;
    if (!expects(stream, to - from, isEnd)) return this.abort(stream, ErrorCode.protocolError);
    // Set before the bytes are handed over, so that an answer given at once finds a stream it can close.
    stream.remoteClosed = isEnd;
    if (to > from) stream.onData(bytes, from, to);
    if (isEnd) this.#ended(stream);
    else if (!stream.isGone) this.#creditStream(stream);
  }

  #ended(stream: Http2Stream): void {
    if (!stream.isGone) stream.onRemoteEnd();
    this.#connection.finishRemote(stream);
  }

  #creditStream(stream: Http2Stream): void {
    const due = stream.receiveUsed - stream.heldBytes;
    if (stream.remoteClosed || due * 2 < this.#connection.limits.streamWindowSize) return;
    stream.receiveUsed -= due;
    writeWindowUpdate(this.#connection.out, stream.id, due);
  }

  #dataOfGone(id: number): undefined {
    if (id === 0 || this.#isIdle(id)) return this.#violation("DATA on an idle stream");
    if (!this.#spend(cost.goneStream) || this.#isForgivable(id)) return;
    this.refuse(id, ErrorCode.streamClosed);
  }

  #headers(flags: number, id: number, bytes: Uint8Array, start: number, end: number): undefined {
    if (id === 0) return this.#violation("HEADERS on stream 0");
    let from = start;
    let to = end;
    if ((flags & Flag.padded) !== 0) {
      to = end - (end > start ? bytes[start]! : 0);
      from++;
    }
    const dependsAt = from;
    if ((flags & Flag.priority) !== 0) from += 5;
    if (from > to) return this.#violation("HEADERS too short");
    if ((flags & Flag.priority) !== 0 && dependsOnItself(bytes, dependsAt, id))
      return this.#violation("self-dependency");
    const endStream = (flags & Flag.endStream) !== 0;
    if ((flags & Flag.endHeaders) !== 0) return this.#section(id, endStream, bytes, from, to);
    const part = bytes.slice(from, to);
    this.#assembly = new HeaderAssembly({ id, endStream, part, startedMs: this.#connection.nowMs });
  }

  #continuation(flags: number, id: number, bytes: Uint8Array, start: number, end: number): undefined {
    const assembly = this.#assembly;
    if (assembly === undefined || assembly.id !== id) return this.#violation("unexpected CONTINUATION");
    if (!assembly.add(bytes.slice(start, end), this.#connection.limits)) {
      return this.#connection.fail(ErrorCode.enhanceYourCalm, "too many CONTINUATION frames");
    }
    if ((flags & Flag.endHeaders) === 0) return;
    this.#assembly = undefined;
    const whole = assembly.join();
    this.#section(id, assembly.endStream, whole, 0, whole.length);
  }

  #section(id: number, endStream: boolean, bytes: Uint8Array, start: number, end: number): undefined {
    const connection = this.#connection;
    const block = connection.decoder.decode(bytes, start, end);
    if (block === undefined) return connection.fail(ErrorCode.compressionError, "invalid header block");
    const known = connection.streams.get(id);
    if (known !== undefined) this.#further(known, block, endStream);
    else if (!connection.role.isServer) this.#headersOfGone(id);
    else if (this.#isIdle(id)) this.#request(id, block, endStream);
    else this.#headersOfGone(id);
  }

  #further(stream: Http2Stream, block: HeaderBlock, endStream: boolean): undefined {
    const { isServer } = this.#connection.role;
    // A client opens its streams itself, so what comes back on them is work.
    if (isServer && !this.#spend(cost.trailers)) return;
    if (!isServer) this.idleFrames.earn(2);
    if (stream.remoteClosed) return this.abort(stream, ErrorCode.streamClosed);
    if (block.isTooLarge) return this.abort(stream, ErrorCode.frameSizeError);
    if ((isServer && !endStream) || (endStream && !expects(stream, 0, true))) {
      return this.abort(stream, ErrorCode.protocolError);
    }
    stream.remoteClosed = endStream;
    stream.onHeaders(block, endStream);
    if (endStream) this.#ended(stream);
  }

  #headersOfGone(id: number): undefined {
    if (this.#connection.role.isServer ? !this.#recentResets.has(id) : this.#isIdle(id)) {
      return this.#connection.fail(ErrorCode.streamClosed, "HEADERS on a closed stream");
    }
    this.#spend(cost.goneStream);
  }

  #request(id: number, block: HeaderBlock, endStream: boolean): undefined {
    const connection = this.#connection;
    if ((id & 1) === 0) return this.#violation("even stream identifier");
    this.lastId = id;
    if (connection.isDraining) return;
    if (connection.streams.size >= connection.limits.streamCountMax) {
      if (this.#spend(cost.refused)) this.refuse(id, ErrorCode.refusedStream);
      return;
    }
    const stream = connection.role.openStream(id, block);
    if (stream === undefined) return;
    this.idleFrames.earn(2);
    if (!endStream || stream.isGone) return;
    if (!expects(stream, 0, true)) return this.abort(stream, ErrorCode.protocolError);
    stream.remoteClosed = true;
    this.#ended(stream);
  }

  #control(type: number, flags: number, id: number, bytes: Uint8Array, start: number, end: number): void {
    if (type === FrameType.windowUpdate) this.#windowUpdate(id, bytes, start, end);
    else if (type === FrameType.rstStream) this.#rstStream(id, bytes, start, end);
    else if (type === FrameType.ping) this.#ping(flags, id, bytes, start, end);
    else if (type === FrameType.settings) this.#settings(flags, id, bytes, start, end);
    else if (type === FrameType.continuation) this.#continuation(flags, id, bytes, start, end);
    else if (type === FrameType.goAway) this.#goAway(id, bytes, start, end);
    else if (type === FrameType.priority) this.#priority(id, bytes, start, end);
    else if (type === FrameType.pushPromise) this.#violation("PUSH_PROMISE");
    else this.#spend(1);
  }

  #windowUpdate(id: number, bytes: Uint8Array, start: number, end: number): undefined {
    const { scheduler, streams } = this.#connection;
    if (end - start !== 4) return this.#wrongSize("WINDOW_UPDATE");
    if (!this.#spend(cost.windowUpdate)) return;
    const increment = uint32At(bytes, start) & streamIdMax;
    if (id === 0) {
      if (increment === 0) return this.#violation("WINDOW_UPDATE of 0");
      if (!scheduler.open(increment)) this.#connection.fail(ErrorCode.flowControlError, "window overflow");
      return;
    }
    const stream = streams.get(id);
    if (stream === undefined) {
      if (this.#isIdle(id)) this.#violation("WINDOW_UPDATE on an idle stream");
      return;
    }
    if (increment === 0) return this.abort(stream, ErrorCode.protocolError);
    stream.sendWindow += increment;
    if (stream.sendWindow > windowSizeMax) this.abort(stream, ErrorCode.flowControlError);
    else scheduler.ready(stream);
  }

  #rstStream(id: number, bytes: Uint8Array, start: number, end: number): undefined {
    if (end - start !== 4) return this.#wrongSize("RST_STREAM");
    if (id === 0 || this.#isIdle(id)) return this.#violation("RST_STREAM on an idle stream");
    const stream = this.#connection.streams.get(id);
    if (stream === undefined) {
      this.#spend(cost.goneStream);
      return;
    }
    if (this.#connection.role.isServer && !this.#spendReset()) return;
    this.#recentResets.add(id);
    this.#connection.remove(stream);
    stream.onReset(uint32At(bytes, start));
  }

  #ping(flags: number, id: number, bytes: Uint8Array, start: number, end: number): undefined {
    const connection = this.#connection;
    if (id !== 0) return this.#violation("PING on a stream");
    if (end - start !== 8) return this.#wrongSize("PING");
    // Peers that measure the bandwidth ping whenever data reaches them: such a ping belongs to the work.
    const isExpected = this.pings.hasSent || !connection.role.isServer;
    if (!this.#spend(isExpected ? cost.expectedPing : cost.ping)) return;
    if ((flags & Flag.ack) !== 0) return connection.finishDrain();
    if (connection.role.isServer && !this.pings.allows(connection.nowMs, connection.streams.size)) {
      return connection.fail(ErrorCode.enhanceYourCalm, "too_many_pings");
    }
    writePing(connection.out, { bytes, start, isAck: true });
  }

  #settings(flags: number, id: number, bytes: Uint8Array, start: number, end: number): undefined {
    const connection = this.#connection;
    if (id !== 0) return this.#violation("SETTINGS on a stream");
    if ((flags & Flag.ack) !== 0) {
      if (end > start) return this.#wrongSize("SETTINGS");
      this.#spend(cost.settings);
      return;
    }
    if (!this.#spend(cost.settings)) return;
    const before = connection.peerSettings.initialWindowSize;
    const error = connection.peerSettings.apply(bytes, start, end);
    if (error !== ErrorCode.noError) return connection.fail(error, "invalid SETTINGS");
    this.hasSettings = true;
    connection.encoder.limitTable(connection.peerSettings.headerTableSize);
    if (!this.#moveWindows(connection.peerSettings.initialWindowSize - before)) return;
    writeSettingsAck(connection.out);
    connection.role.onCapacity();
  }

  #moveWindows(change: number): boolean {
    const { streams, scheduler } = this.#connection;
    if (change === 0) return true;
    for (const stream of streams.values()) {
      stream.sendWindow += change;
      if (stream.sendWindow > windowSizeMax) {
        this.#connection.fail(ErrorCode.flowControlError, "window overflow");
        return false;
      }
      scheduler.ready(stream);
    }
    return true;
  }

  #goAway(id: number, bytes: Uint8Array, start: number, end: number): undefined {
    if (id !== 0) return this.#violation("GOAWAY on a stream");
    if (end - start < 8) return this.#wrongSize("GOAWAY");
    if (this.#connection.role.isServer) this.#spend(cost.settings);
    else this.#connection.acceptGoAway(uint32At(bytes, start) & streamIdMax);
  }

  #priority(id: number, bytes: Uint8Array, start: number, end: number): undefined {
    if (id === 0) return this.#violation("PRIORITY on stream 0");
    if (!this.#spend(1)) return;
    const stream = this.#connection.streams.get(id);
    if (end - start !== 5) {
      if (stream === undefined) this.refuse(id, ErrorCode.frameSizeError);
      else this.abort(stream, ErrorCode.frameSizeError);
    } else if (dependsOnItself(bytes, start, id) && stream !== undefined) this.abort(stream, ErrorCode.protocolError);
  }

  #isIdle(id: number): boolean {
    return this.#connection.role.isServer ? id > this.lastId : !this.#connection.hasOpened(id);
  }

  #isForgivable(id: number): boolean {
    return !this.#connection.role.isServer || this.#recentResets.has(id);
  }

  #spend(tokens: number): boolean {
    if (this.idleFrames.spend(tokens, this.#connection.nowMs)) return true;
    this.#connection.fail(ErrorCode.enhanceYourCalm, "too many frames without work");
    return false;
  }

  #spendReset(): boolean {
    if (this.#resets.spend(1, this.#connection.nowMs)) return true;
    this.#connection.fail(ErrorCode.enhanceYourCalm, "too many streams were reset");
    return false;
  }

  #violation(what: string): undefined {
    this.#connection.fail(ErrorCode.protocolError, what);
  }

  #wrongSize(frame: string): undefined {
    this.#connection.fail(ErrorCode.frameSizeError, `${frame} of a wrong size`);
  }
}

/** Counts payload against an announced content-length; false when they disagree. */
function expects(stream: Http2Stream, sizeBytes: number, isEnd: boolean): boolean {
  if (stream.expectedBytes < 0) return true;
  stream.expectedBytes -= sizeBytes;
  return isEnd ? stream.expectedBytes === 0 : stream.expectedBytes >= 0;
}

function dependsOnItself(bytes: Uint8Array, at: number, id: number): boolean {
  return (uint32At(bytes, at) & streamIdMax) === id;
}

function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
