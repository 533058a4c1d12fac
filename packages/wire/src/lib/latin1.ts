/**
 * Octets to strings and back, one character per octet, as HTTP fields are made. Names and values are short, and
 * for short strings a handful of character codes per call is faster than a TextDecoder.
 */
const longSizeBytes = 512;

/** The string whose character codes are `bytes[start, end)`. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > longSizeBytes) return decodeLong(bytes, start, end);
  let text = "";
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at]!,
      bytes[at + 1]!,
      bytes[at + 2]!,
      bytes[at + 3]!,
      bytes[at + 4]!,
      bytes[at + 5]!,
      bytes[at + 6]!,
      bytes[at + 7]!,
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

function decodeLong(bytes: Uint8Array, start: number, end: number): string {
  const parts: string[] = [];
  for (let at = start; at < end; at += longSizeBytes) {
    parts.push(String.fromCharCode(...bytes.subarray(at, Math.min(end, at + longSizeBytes))));
  }
  return parts.join("");
}

/** Stores the low octet of every character at `bytes[at…]`; the caller reserved `text.length` bytes. */
export function encodeLatin1(text: string, bytes: Uint8Array, at: number): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
}
