/**
 * The deadlines of a connection: handshake, field sections, frames, a blocked transport, keepalive, idleness, and
 * the deadlines of its streams. One watchdog timer serves them all; a check walks the streams, which is why it runs
 * only when one of them may be due.
 */
import type { Http2Connection } from "./connection.ts";
import type { FrameReader } from "./frame-reader.ts";
import { writePing } from "./frame-writer.ts";
import { ErrorCode } from "./frames.ts";
import { Watchdog } from "./watchdog.ts";

const keepalivePing = new Uint8Array(8);

/** Watches over the time a connection takes. */
export class Guard {
  readonly #connection: Http2Connection;
  readonly #reader: FrameReader;
  readonly #watchdog: Watchdog;
  readonly #openedMs: number;
  #receivedMs: number;
  #pingedMs = 0;
  #isPingPending = false;
  #blockedMs = 0;
  #idleSinceMs: number;
  #midFrame = 0;
  #midFrameMs = 0;
  #drainMs = Number.POSITIVE_INFINITY;

  constructor(connection: Http2Connection, reader: FrameReader) {
    this.#connection = connection;
    this.#reader = reader;
    this.#watchdog = new Watchdog(connection.clock, (nowMs) => this.#check(nowMs));
    this.#openedMs = connection.nowMs;
    this.#receivedMs = connection.nowMs;
    this.#idleSinceMs = connection.nowMs;
  }

  /** Begins with the handshake. */
  start(): void {
    const { limits } = this.#connection;
    const firstMs = Math.min(limits.handshakeDeadlineMs, limits.keepaliveIntervalMs, limits.idleTimeoutMs);
    this.#watchdog.wakeAt(this.#openedMs + firstMs);
  }

  /** Ends all watching. */
  stop(): void {
    this.#watchdog.stop();
  }

  /** Makes sure a check runs at this time. */
  wakeAt(dueMs: number): void {
    this.#watchdog.wakeAt(dueMs);
  }

  /** A chunk was processed. */
  onChunk(nowMs: number): void {
    const connection = this.#connection;
    this.#receivedMs = nowMs;
    this.#isPingPending = false;
    if (connection.streams.size > 0) this.#idleSinceMs = nowMs;
    if (this.#reader.isMidFrame && this.#midFrame !== connection.inbound.frameCount) {
      this.#midFrame = connection.inbound.frameCount;
      this.#midFrameMs = nowMs;
      this.#watchdog.wakeAt(nowMs + connection.limits.frameDeadlineMs);
    }
    if (connection.inbound.assemblyStartedMs !== undefined) {
      this.#watchdog.wakeAt(nowMs + connection.limits.headerDeadlineMs);
    }
  }

  /** The transport stopped taking bytes. */
  onBlocked(): void {
    this.#blockedMs = this.#connection.clock.nowMs();
    this.#watchdog.wakeAt(this.#blockedMs + this.#connection.limits.writeStallMs);
  }

  /** Ends the connection at the latest after `timeoutMs`. */
  limitDrain(timeoutMs: number): void {
    this.#drainMs = this.#connection.clock.nowMs() + timeoutMs;
    this.#watchdog.wakeAt(this.#drainMs);
  }

  #check(nowMs: number): number {
    const connection = this.#connection;
    connection.nowMs = nowMs;
    const overdue = this.#overdue(nowMs);
    if (overdue !== undefined) {
      connection.fail(ErrorCode.enhanceYourCalm, overdue);
      return Number.POSITIVE_INFINITY;
    }
    if (this.#isLost(nowMs)) return Number.POSITIVE_INFINITY;
    const dueMs = Math.min(this.#nextDue(nowMs), this.#keepalive(nowMs), this.#idle(nowMs), this.#streams(nowMs));
    connection.flush();
    return dueMs;
  }

  #overdue(nowMs: number): string | undefined {
    const { limits, inbound, isBlocked } = this.#connection;
    if (!inbound.hasSettings && nowMs >= this.#openedMs + limits.handshakeDeadlineMs) return "handshake took too long";
    const startedMs = inbound.assemblyStartedMs;
    if (isBlocked) return undefined;
    if (startedMs !== undefined && nowMs >= startedMs + limits.headerDeadlineMs) return "headers took too long";
    if (this.#isMidSameFrame() && nowMs >= this.#midFrameMs + limits.frameDeadlineMs) return "frame took too long";
    return undefined;
  }

  #isLost(nowMs: number): boolean {
    const connection = this.#connection;
    const { limits } = connection;
    const isStalled = connection.isBlocked && nowMs >= this.#blockedMs + limits.writeStallMs;
    const isSilent = this.#isPingPending && nowMs >= this.#pingedMs + limits.keepaliveTimeoutMs;
    if (isStalled) connection.destroy("the peer reads nothing");
    else if (isSilent) connection.destroy("keepalive ping was not answered");
    else if (nowMs >= this.#drainMs) connection.destroy("drain took too long");
    return connection.isClosed;
  }

  #nextDue(nowMs: number): number {
    const { limits, inbound, isBlocked } = this.#connection;
    let dueMs = this.#drainMs;
    if (!inbound.hasSettings) dueMs = Math.min(dueMs, this.#openedMs + limits.handshakeDeadlineMs);
    if (isBlocked) return Math.min(dueMs, this.#blockedMs + limits.writeStallMs);
    if (inbound.assemblyStartedMs !== undefined)
      dueMs = Math.min(dueMs, inbound.assemblyStartedMs + limits.headerDeadlineMs);
    if (this.#isMidSameFrame()) dueMs = Math.min(dueMs, this.#midFrameMs + limits.frameDeadlineMs);
    return Math.max(dueMs, nowMs);
  }

  #isMidSameFrame(): boolean {
    return this.#reader.isMidFrame && this.#midFrame === this.#connection.inbound.frameCount;
  }

  #keepalive(nowMs: number): number {
    const connection = this.#connection;
    const { limits } = connection;
    if (this.#isPingPending) return this.#pingedMs + limits.keepaliveTimeoutMs;
    const dueMs = this.#receivedMs + limits.keepaliveIntervalMs;
    if (nowMs < dueMs) return dueMs;
    const isUnasked = connection.streams.size === 0 && !limits.allowsPingWithoutStream;
    if (!connection.role.isServer && isUnasked) return nowMs + limits.keepaliveIntervalMs;
    this.#isPingPending = true;
    this.#pingedMs = nowMs;
    writePing(connection.out, { bytes: keepalivePing, start: 0, isAck: false });
    return nowMs + limits.keepaliveTimeoutMs;
  }

  #idle(nowMs: number): number {
    const connection = this.#connection;
    if (connection.streams.size > 0) this.#idleSinceMs = nowMs;
    const dueMs = this.#idleSinceMs + connection.limits.idleTimeoutMs;
    if (nowMs < dueMs) return dueMs;
    if (connection.inbound.isDrainAnnounced) return Number.POSITIVE_INFINITY;
    connection.drain();
    this.limitDrain(connection.limits.keepaliveTimeoutMs);
    return this.#drainMs;
  }

  #streams(nowMs: number): number {
    const connection = this.#connection;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const stream of [...connection.streams.values()]) {
      if (stream.expiresMs > 0 && nowMs >= stream.expiresMs) {
        stream.expiresMs = 0;
        stream.onDeadline();
      }
      if (stream.guardMs > 0 && nowMs >= stream.guardMs && !stream.isGone)
        connection.inbound.abort(stream, ErrorCode.cancel);
      if (stream.isGone) continue;
      if (stream.expiresMs > 0) dueMs = Math.min(dueMs, stream.expiresMs);
      if (stream.guardMs > 0) dueMs = Math.min(dueMs, stream.guardMs);
    }
    return dueMs;
  }
}
