/**
 * A request that is answered without a handler: not gRPC, malformed metadata, or a path nobody serves. It only waits
 * for the peer to stop sending.
 */
import { Http2Stream } from "../http2/index.ts";

/** A stream that ignores everything. */
export class RefusedCall extends Http2Stream {
  override onHeaders(): void {}
  override onData(): void {}
  override onRemoteEnd(): void {}
  override onReset(): void {}
  override onDeadline(): void {}
  override onSent(): void {}
}
