/**
 * Keys as strings: one character from U+0000 to U+00FF for each byte. Such strings can be looked up in a `Map`, take one
 * byte a character in V8, and compare with `<` exactly as etcd orders the bytes. They are never shown or decoded as text.
 */

/** `String.fromCharCode` takes its characters as arguments, and the stack bounds those. */
const CHUNK_BYTES = 4096;

/** The string for these bytes; the array is not kept. */
export function keyString(bytes: Uint8Array): string {
  if (bytes.length <= CHUNK_BYTES) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) text += keyString(bytes.subarray(at, at + CHUNK_BYTES));
  return text;
}

/** The bytes of a string made by `keyString`, in a new array. */
export function keyBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
