/**
 * Message compression, injected because the codecs belong to the platform. Messages are inflated on the way in; our
 * own are sent as they are, which every peer accepts.
 */

/** Inflates messages of one `grpc-encoding`. */
export interface MessageCodec {
  /** The encoding's name, such as `gzip`. */
  readonly name: string;
  /**
   * The inflated message; `tooLarge` when it would exceed `sizeMax` bytes, `invalid` when the input is not of this
   * encoding. Never inflates much beyond `sizeMax`.
   */
  decompress(message: Uint8Array, sizeMax: number): Uint8Array | "tooLarge" | "invalid";
}
