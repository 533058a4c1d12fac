/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), continued from an earlier value. A call into native code costs
 * about 200 ns before the first byte, so short inputs take a table-driven way, eight bytes a step ("slicing by 8",
 * Kounavis and Berry 2005). Measured on x64: equal at about 260 bytes, native four times as fast at 4 KiB.
 */
import { crc32c } from "@node-rs/crc32";

const NATIVE_FROM_BYTES = 256;
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256: table k advances a byte over k zero bytes. */
const tables = buildTables();

/** The checksum of `bytes[start, end)` following data whose checksum is `crc` (0 for none). */
export function updateCrc32c(crc: number, bytes: Uint8Array, start: number, end: number): number {
  if (end - start >= NATIVE_FROM_BYTES) return crc32c(bytes.subarray(start, end), crc);
  return sliceBy8(crc, bytes, start, end);
}

function sliceBy8(crc: number, bytes: Uint8Array, start: number, end: number): number {
  const t = tables;
  let c = ~crc;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c =
      t[1792 + (c & 255)]! ^
      t[1536 + ((c >>> 8) & 255)]! ^
      t[1280 + ((c >>> 16) & 255)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < end; i++) c = t[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}

function buildTables(): Uint32Array {
  const built = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    built[byte] = c;
  }
  for (let at = 256; at < built.length; at++) {
    const shorter = built[at - 256]!;
    built[at] = built[shorter & 255]! ^ (shorter >>> 8);
  }
  return built;
}
