/**
 * The `gzip` message encoding with Node's zlib.
 */
import { gunzipSync } from "node:zlib";
import type { MessageCodec } from "../grpc/index.ts";

/** Inflates gzip messages, stopping at the caller's limit. */
export const gzipCodec: MessageCodec = {
  name: "gzip",
  decompress(message, sizeMax) {
    try {
      return gunzipSync(message, { maxOutputLength: Math.max(1, sizeMax) });
    } catch (error) {
      return isTooLarge(error) ? "tooLarge" : "invalid";
    }
  },
};

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
