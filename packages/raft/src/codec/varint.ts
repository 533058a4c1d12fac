// Protobuf variable-length integers: seven bits a byte, least significant first, the high bit meaning "more follows".
// Source: the protobuf encoding specification. Only what entries and membership changes need.

/** Returns how many bytes a non-negative safe integer takes as a varint: 1 to 8. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let size = 5;
  for (let rest = Math.floor(value / 0x8_0000_0000); rest > 0; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Appends an unsigned 64-bit integer to `out`. */
export function writeVarint(out: number[], value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

/** A position in a buffer; `failed` turns true on the first malformed or truncated field and stays so. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  offset = 0;
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True when nothing is left or the input is malformed. */
  get done(): boolean {
    return this.failed || this.offset >= this.#bytes.length;
  }

  /** Reads one unsigned 64-bit integer; 0n after a failure. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.offset++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    this.failed = true;
    return 0n;
  }

  /** Reads a length and that many bytes, as a view into the input; empty after a failure. */
  bytes(): Uint8Array {
    const length = this.varint();
    const start = this.offset;
    if (this.failed || length > BigInt(this.#bytes.length - start)) {
      this.failed = true;
      return this.#bytes.subarray(0, 0);
    }
    this.offset = start + Number(length);
    return this.#bytes.subarray(start, this.offset);
  }

  /** Skips a field of the given wire type that the reader does not know. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 2) this.bytes();
    else if (wireType === 1) this.offset += 8;
    else if (wireType === 5) this.offset += 4;
    else this.failed = true;
    if (this.offset > this.#bytes.length) this.failed = true;
  }
}
