// UTF-8 for the short strings of protobuf messages: names, URLs, versions.
//
// Short ASCII, nearly all there is, takes a loop; the rest goes to the platform's encoder and decoder. A lone surrogate is
// written as U+FFFD, as TextEncoder does.
import { DecodeError } from "./decode-error.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const asciiSizeMax = 32;

/**
 * The text encoded last, beyond the short ones: whoever measures a text writes it next, and one call into native code for both
 * costs less than two loops over it.
 */
const scratch = new Uint8Array(16_384);
let scratchText = "";
let scratchSize = 0;

/** Decodes `bytes[start, end)`; throws DecodeError with etcd 3.7's text where it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  const ascii = decodeAscii(bytes, start, end);
  if (ascii !== undefined) return ascii;
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch {
    throw new DecodeError("string field contains invalid UTF-8");
  }
}

/** Decodes `bytes[start, end)`; a bad sequence becomes U+FFFD. */
export function decodeUtf8Lossy(bytes: Uint8Array, start: number, end: number): string {
  return decodeAscii(bytes, start, end) ?? lossy.decode(bytes.subarray(start, end));
}

function decodeAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > asciiSizeMax) return undefined;
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Bytes that `writeUtf8` will write. */
export function sizeOfUtf8(text: string): number {
  if (isForScratch(text)) return encodeToScratch(text);
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    size += unit < 0x800 ? 1 : 2;
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      // A pair: two units, four bytes; the units and two more bytes are counted already.
      i++;
    }
  }
  return size;
}

/** Writes `text` so that it ends before `end`; returns where it starts. There must be room for `sizeOfUtf8(text)`. */
export function writeUtf8(text: string, bytes: Uint8Array, end: number): number {
  const size = sizeOfUtf8(text);
  const start = end - size;
  if (size === text.length && size <= asciiSizeMax) {
    for (let i = 0; i < size; i++) bytes[start + i] = text.charCodeAt(i);
  } else if (isForScratch(text)) {
    encodeToScratch(text);
    bytes.set(scratch.subarray(0, size), start);
  } else encoder.encodeInto(text, bytes.subarray(start, end));
  return start;
}

/** A unit of UTF-16 takes three bytes at most. */
function isForScratch(text: string): boolean {
  return text.length > asciiSizeMax && 3 * text.length <= scratch.length;
}

function encodeToScratch(text: string): number {
  if (text !== scratchText) {
    scratchSize = encoder.encodeInto(text, scratch).written;
    scratchText = text;
  }
  return scratchSize;
}
