/**
 * HTTP/2 by hand (RFC 9113 section 4.1, RFC 7541 section 6.2.2), for saying what no library lets one say.
 * Frame: length (24), type (8), flags (8), reserved bit and stream id (32), payload.
 */

/** Frame types. */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Frame flags. */
export const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** What a client says first. */
export const preface: Uint8Array = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** One frame; `length` may lie about the payload. */
export interface Frame {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Uint8Array;
  readonly length?: number;
}

/** Encodes a frame. */
export function frame({ type, flags: bits = 0, stream = 0, payload = new Uint8Array(0), length }: Frame): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(length ?? payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = bits;
  bytes.writeUInt32BE(stream >>> 0, 5);
  bytes.set(payload, 9);
  return bytes;
}

/** Preface and an empty SETTINGS frame. */
export function greeting(): Buffer {
  return Buffer.concat([preface, frame({ type: frameTypes.settings })]);
}

/** A header block of literals that are not indexed. */
export function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), literal(name), literal(value)]));
}

/** Headers of a gRPC request. */
export function requestHeaders(path: string, more: readonly (readonly [string, string])[] = []): Buffer {
  return headerBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ...more,
  ]);
}

/** A length with a 7-bit prefix, then the text as it is. */
function literal(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const length: number[] = [];
  let left = bytes.length;
  if (left < 127) length.push(left);
  else {
    length.push(127);
    for (left -= 127; left >= 128; left = Math.floor(left / 128)) length.push((left % 128) | 128);
    length.push(left);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
