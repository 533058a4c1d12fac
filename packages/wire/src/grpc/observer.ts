/**
 * What a server counts, for metrics. Methods are called in the hot path and must be cheap.
 */

import type { PeerInfo } from "../http2/index.ts";
import type { Metadata } from "./metadata.ts";

/** Receives counts. */
export interface WireObserver {
  /** A call of a known method began; calls with the same header block have the same metadata object. */
  onCallStarted(path: string, metadata: Metadata): void;
  /** It ended with this status code, cancelled ones with 1. */
  onCallHandled(path: string, code: number, call: HandledCall): void;
  onMessageReceived(path: string): void;
  onMessageSent(path: string): void;
  /** Bytes passed the transport, framing included. */
  onTraffic(receivedBytes: number, sentBytes: number): void;
}

/** What is known of a call when it ends; to be read at once. */
export interface HandledCall {
  /** When it began, on the server's clock. */
  readonly startedMs: number;
  readonly peer: PeerInfo;
  /** The request of a unary call; undefined for streams. */
  readonly message: Uint8Array | undefined;
  /** Size of a unary call's answer; 0 when it has none. */
  readonly answerBytes: number;
}

/** Counts nothing. */
export const silentObserver: WireObserver = {
  onCallStarted() {},
  onCallHandled() {},
  onMessageReceived() {},
  onMessageSent() {},
  onTraffic() {},
};
