/**
 * What a server counts, for metrics. Methods are called in the hot path and must be cheap.
 */

/** Receives counts. */
export interface WireObserver {
  /** A call of a known method began. */
  onCallStarted(path: string): void;
  /** It ended with this status code, cancelled ones with 1. */
  onCallHandled(path: string, code: number): void;
  onMessageReceived(path: string): void;
  onMessageSent(path: string): void;
  /** Bytes passed the transport, framing included. */
  onTraffic(receivedBytes: number, sentBytes: number): void;
}

/** Counts nothing. */
export const silentObserver: WireObserver = {
  onCallStarted() {},
  onCallHandled() {},
  onMessageReceived() {},
  onMessageSent() {},
  onTraffic() {},
};
