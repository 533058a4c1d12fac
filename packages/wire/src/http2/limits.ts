/**
 * Every bound of a connection in one place. The defaults keep an etcd member alive under hostile clients without a
 * well-behaved one ever noticing them; sources: etcd's own defaults (message size, keepalive, ping enforcement),
 * nghttp2's reset rate, and the lists of attacks of 2019 (Netflix), 2023 (rapid reset), 2024 (CONTINUATION) and
 * 2025 (made you reset).
 */

/** Bounds of one connection; times in milliseconds, `Infinity` switches a deadline off. */
export interface WireLimits {
  /** Calls open at once; more are refused. */
  readonly streamCountMax: number;
  /** Largest inbound gRPC message. */
  readonly messageSizeMax: number;
  /** Unfinished inbound messages of one connection, together. */
  readonly assemblySizeMax: number;
  /** Largest decoded field section, as RFC 7541 counts it. */
  readonly headerListSizeMax: number;
  /** Largest encoded field section: one HEADERS frame and its continuations. */
  readonly headerBlockSizeMax: number;
  /** CONTINUATION frames per field section. */
  readonly continuationCountMax: number;
  /** Our end of the HPACK table. */
  readonly headerTableSize: number;
  /** Receive window of a stream. */
  readonly streamWindowSize: number;
  /** Receive window the connection begins with. */
  readonly connectionWindowSize: number;
  /** Receive window the connection may grow to when it proves too small. */
  readonly connectionWindowSizeMax: number;
  /** Bytes of paused streams above which the connection gives no more window. */
  readonly heldSizeMax: number;
  /** Queued output of a stream above which `send` answers false. */
  readonly sendHighWaterSize: number;
  /** Queued output of a stream above which it is ended, because its producer ignored the answer. */
  readonly sendQueueSizeMax: number;
  /** From the start of the connection to the peer's SETTINGS. */
  readonly handshakeDeadlineMs: number;
  /** From a HEADERS frame to the end of its field section. */
  readonly headerDeadlineMs: number;
  /** From the first to the last byte of a frame. */
  readonly frameDeadlineMs: number;
  /** From the start of a unary call to its message. */
  readonly requestDeadlineMs: number;
  /** For a finished reply to leave, plus the time its size takes at `sendRateMin`. */
  readonly sendStallMs: number;
  /** Bytes a second below which the reader of a finished reply counts as stalled. */
  readonly sendRateMin: number;
  /** How long the transport may accept nothing. */
  readonly writeStallMs: number;
  /** Silence after which we ask whether the peer is alive. */
  readonly keepaliveIntervalMs: number;
  /** How long the answer may take. */
  readonly keepaliveTimeoutMs: number;
  /** Time without calls after which the connection is closed. */
  readonly idleTimeoutMs: number;
  /** A peer's pings closer together than this are strikes; the third ends the connection. */
  readonly pingIntervalMinMs: number;
  /** Whether a peer may ping while it has no call; otherwise only every two hours. */
  readonly allowsPingWithoutStream: boolean;
  /** Streams reset early that are tolerated in a burst, and per second. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /** Frames that carry no work which are tolerated in a burst, and per second. */
  readonly idleFrameBurst: number;
  readonly idleFramesPerSecond: number;
}

/** The limits of a server that names none. */
export const defaultLimits: WireLimits = {
  streamCountMax: 8192,
  messageSizeMax: 2 * 1024 * 1024,
  assemblySizeMax: 64 * 1024 * 1024,
  headerListSizeMax: 64 * 1024,
  headerBlockSizeMax: 64 * 1024,
  continuationCountMax: 16,
  headerTableSize: 4096,
  streamWindowSize: 1024 * 1024,
  connectionWindowSize: 1024 * 1024,
  connectionWindowSizeMax: 16 * 1024 * 1024,
  heldSizeMax: 16 * 1024 * 1024,
  sendHighWaterSize: 64 * 1024,
  sendQueueSizeMax: 64 * 1024 * 1024,
  handshakeDeadlineMs: 10_000,
  headerDeadlineMs: 10_000,
  frameDeadlineMs: 30_000,
  requestDeadlineMs: 120_000,
  sendStallMs: 60_000,
  sendRateMin: 16 * 1024,
  writeStallMs: 30_000,
  keepaliveIntervalMs: 2 * 3_600_000,
  keepaliveTimeoutMs: 20_000,
  idleTimeoutMs: Number.POSITIVE_INFINITY,
  pingIntervalMinMs: 5_000,
  allowsPingWithoutStream: false,
  resetBurst: 1000,
  resetsPerSecond: 33,
  idleFrameBurst: 10_000,
  idleFramesPerSecond: 1000,
};
