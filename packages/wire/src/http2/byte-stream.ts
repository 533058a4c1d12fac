/**
 * What the engine needs from the outside: a duplex stream of bytes, a clock, and who the peer is. Sockets, TLS and
 * in-memory pipes are adapters of this; the engine itself touches no platform API.
 */

/** Receives what happens on a byte stream. Calls never nest within each other. */
export interface ByteListener {
  /** Bytes arrived. The chunk belongs to the listener from now on: the stream must not write to it again. */
  onBytes(chunk: Uint8Array): void;
  /** Writing may go on after a `write` that returned false. */
  onDrain(): void;
  /** The peer finished sending. */
  onEnd(): void;
  /** The stream is gone; nothing follows. */
  onClose(error?: Error): void;
}

/** A reliable, ordered duplex stream of bytes, such as a TCP connection. */
export interface ByteStream {
  /** Sends bytes; they belong to the stream from now on. False: send no more until `onDrain`. */
  write(bytes: Uint8Array): boolean;
  /**
   * Bytes written that something still refers to. While it is 0, the arrays passed to earlier writes may be filled
   * again, which saves the engine an allocation per write. A stream that cannot tell leaves it out.
   */
  readonly bufferedBytes?: number;
  /** Finishes sending, after what was written. */
  end(): void;
  /** Drops the stream at once. */
  destroy(reason?: Error): void;
  /** Stops `onBytes` until `resume`; a chunk under way may still come. */
  pause(): void;
  /** Undoes `pause`. */
  resume(): void;
  /** Names the one listener; bytes flow from then on, never during the call itself. */
  attach(listener: ByteListener): void;
  readonly peer: PeerInfo;
}

/** Who is at the other end. */
export interface PeerInfo {
  /** `address:port`, or a path for a local socket. */
  readonly address: string;
  /** Present when the stream is encrypted. */
  readonly tls: TlsPeer | undefined;
}

/** What TLS tells about a peer. */
export interface TlsPeer {
  /** Whether the certificate was verified against our authorities. */
  readonly isVerified: boolean;
  /** The peer's certificate, when it sent one. */
  readonly certificate: PeerCertificate | undefined;
}

/** The identity in a certificate: its common name and subject alternative names. */
export interface PeerCertificate {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
}

/** Time for the engine; the server's Clock fits. */
export interface WireClock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Calls `run` once after at least `delayMs`. */
  setTimer(delayMs: number, run: () => void): { cancel(): void };
  /** Calls `run` once when the present event-loop turn has handled its input. */
  endOfTurn(run: () => void): void;
}
