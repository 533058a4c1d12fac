/**
 * Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a connection, so that both can share a port.
 * No HTTP/1.1 method begins like the HTTP/2 preface beyond its first letters.
 */
import { clientPreface } from "./frames.ts";

/** Bytes after which the answer is certain. */
const decisiveSize = 14;

/** The protocol that begins with `bytes`; undefined while they fit both. */
export function sniffProtocol(bytes: Uint8Array): "http2" | "http1" | undefined {
  const size = Math.min(bytes.length, decisiveSize);
  for (let at = 0; at < size; at++) if (bytes[at] !== clientPreface.charCodeAt(at)) return "http1";
  return size === decisiveSize ? "http2" : undefined;
}
