/**
 * Frames into an output buffer. Each function appends one whole frame; the hot ones take an offset the caller has
 * reserved, so that a reply of several frames needs one reservation.
 */
import type { OutputBuffer } from "../lib/index.ts";
import { Flag, FrameType, frameHeaderSize } from "./frames.ts";

/** Stores a frame header at `bytes[at, at + 9)`. */
export function putFrameHeader(
  bytes: Uint8Array,
  at: number,
  sizeBytes: number,
  typeAndFlags: number,
  id: number,
): void {
  bytes[at] = sizeBytes >>> 16;
  bytes[at + 1] = sizeBytes >>> 8;
  bytes[at + 2] = sizeBytes;
  bytes[at + 3] = typeAndFlags >>> 8;
  bytes[at + 4] = typeAndFlags;
  putUint32(bytes, at + 5, id);
}

/** Stores a big-endian 32 bit number at `bytes[at, at + 4)`. */
export function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Frame type and flags in one number, as `putFrameHeader` takes them. */
export function typeAndFlags(type: number, flags: number): number {
  return (type << 8) | flags;
}

/** Appends RST_STREAM. */
export function writeReset(output: OutputBuffer, id: number, code: number): void {
  writeNumberFrame(output, FrameType.rstStream, { id, value: code });
}

/** Appends WINDOW_UPDATE; id 0 means the connection. */
export function writeWindowUpdate(output: OutputBuffer, id: number, incrementBytes: number): void {
  writeNumberFrame(output, FrameType.windowUpdate, { id, value: incrementBytes });
}

function writeNumberFrame(output: OutputBuffer, type: number, content: { id: number; value: number }): void {
  const at = output.reserve(frameHeaderSize + 4);
  putFrameHeader(output.bytes, at, 4, typeAndFlags(type, 0), content.id);
  putUint32(output.bytes, at + frameHeaderSize, content.value);
}

/** Appends PING with the eight bytes at `payload[start…]`. */
export function writePing(output: OutputBuffer, payload: { bytes: Uint8Array; start: number; isAck: boolean }): void {
  const at = output.reserve(frameHeaderSize + 8);
  putFrameHeader(output.bytes, at, 8, typeAndFlags(FrameType.ping, payload.isAck ? Flag.ack : 0), 0);
  for (let index = 0; index < 8; index++) {
    output.bytes[at + frameHeaderSize + index] = payload.bytes[payload.start + index]!;
  }
}

/** Appends SETTINGS with the given pairs, in their order. */
export function writeSettings(output: OutputBuffer, pairs: readonly (readonly [id: number, value: number])[]): void {
  const at = output.reserve(frameHeaderSize + 6 * pairs.length);
  putFrameHeader(output.bytes, at, 6 * pairs.length, typeAndFlags(FrameType.settings, 0), 0);
  pairs.forEach(([id, value], index) => {
    const pairAt = at + frameHeaderSize + 6 * index;
    output.bytes[pairAt] = id >>> 8;
    output.bytes[pairAt + 1] = id;
    putUint32(output.bytes, pairAt + 2, value);
  });
}

/** Appends the acknowledgement of the peer's SETTINGS. */
export function writeSettingsAck(output: OutputBuffer): void {
  const at = output.reserve(frameHeaderSize);
  putFrameHeader(output.bytes, at, 0, typeAndFlags(FrameType.settings, Flag.ack), 0);
}

/** Appends GOAWAY with an ASCII explanation. */
export function writeGoAway(output: OutputBuffer, content: { lastId: number; code: number; debug: string }): void {
  const size = 8 + content.debug.length;
  const at = output.reserve(frameHeaderSize + size);
  putFrameHeader(output.bytes, at, size, typeAndFlags(FrameType.goAway, 0), 0);
  putUint32(output.bytes, at + frameHeaderSize, content.lastId);
  putUint32(output.bytes, at + frameHeaderSize + 4, content.code);
  for (let index = 0; index < content.debug.length; index++) {
    output.bytes[at + frameHeaderSize + 8 + index] = content.debug.charCodeAt(index) & 0x7f;
  }
}
