/**
 * Heads: the four bytes of a key that follow what all keys of a node have in common, as a number. Nodes search their heads,
 * which stand side by side in memory, and look at whole keys only where heads are equal: a node costs a few cache lines
 * instead of one or two per comparison.
 *
 * A key that ends early is padded with zeros, so different heads are in the order of their keys, and equal ones say nothing.
 */

/** The head of a key that lies in `bytes` from `start` to `end`, behind the `skip` bytes it shares. */
export function headOf(bytes: Uint8Array, start: number, end: number): number {
  if (start + 4 <= end) {
    return ((bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!) >>> 0;
  }
  let head = 0;
  for (let i = 0; i < 4; i++) head = head * 256 + (start + i < end ? bytes[start + i]! : 0);
  return head;
}
