// Writes protobuf wire format from the back to the front.
//
// Every function writes its value so that it ends before `p` and returns where it starts. A nested message is written before its
// length, so that the length is known when it is due and nothing is measured twice. The caller has made room: the size functions
// of the generated code count exactly what is written here.

const scratch = new BigInt64Array(1);
const halves = new Int32Array(scratch.buffer);
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const lowHalf = littleEndian ? 0 : 1;
const highHalf = littleEndian ? 1 : 0;

/** Bytes up to this size are copied by a loop, which then beats `set`. */
const loopSizeMax = 24;

/** Memory is taken from slabs of this size, because the allocation of every single buffer costs more than filling it. */
const slabSizeBytes = 16_384;
/** Up to here the engine keeps the content of an array on its own heap, which is cheaper still. */
const heapSizeMax = 64;
let slab = new Uint8Array(0);
let slabUsed = 0;

/**
 * Makes zeroed bytes to write to. Up to a quarter of a slab they share its memory with others (no byte is ever handed out
 * twice): so the slab lives as long as any of them.
 */
export function allocateBytes(size: number): Uint8Array {
  if (size <= heapSizeMax || size > slabSizeBytes / 4) return new Uint8Array(size);
  if (slabUsed + size > slab.length) {
    slab = new Uint8Array(slabSizeBytes);
    slabUsed = 0;
  }
  const start = slabUsed;
  slabUsed += size;
  return new Uint8Array(slab.buffer, start, size);
}

/** Bytes of an unsigned 32-bit varint. */
export function sizeOfVarint32(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Bytes of a 64-bit varint given as a safe integer; a negative one takes ten. */
export function sizeOfVarint(value: number): number {
  if (value < 0) return 10;
  if (value < 0x1_0000_0000) return sizeOfVarint32(value);
  if (value < 0x8_0000_0000) return 5;
  if (value < 0x400_0000_0000) return 6;
  return value < 0x2_0000_0000_0000 ? 7 : 8;
}

/** Bytes of a 64-bit varint. */
export function sizeOfVarintBig(value: bigint): number {
  scratch[0] = value;
  return sizeOfHalves(halves[lowHalf]!, halves[highHalf]!);
}

function sizeOfHalves(lo: number, hi: number): number {
  if (hi === 0) return sizeOfVarint32(lo >>> 0);
  const bits = 64 - Math.clz32(hi);
  return Math.ceil(bits / 7);
}

/** Writes an unsigned 32-bit varint. */
export function writeVarint32(bytes: Uint8Array, end: number, value: number): number {
  if (value < 0x80) {
    bytes[end - 1] = value;
    return end - 1;
  }
  if (value < 0x4000) {
    bytes[end - 1] = value >>> 7;
    bytes[end - 2] = (value & 0x7f) | 0x80;
    return end - 2;
  }
  return writeHalves(bytes, end, value, 0);
}

/** Writes a 64-bit varint given as a safe integer. */
export function writeVarint(bytes: Uint8Array, end: number, value: number): number {
  if (value >= 0 && value < 0x4000) return writeVarint32(bytes, end, value);
  const lo = value >>> 0;
  return writeHalves(bytes, end, lo, (value - lo) / 0x1_0000_0000);
}

/** Writes a 64-bit varint. */
export function writeVarintBig(bytes: Uint8Array, end: number, value: bigint): number {
  scratch[0] = value;
  return writeHalves(bytes, end, halves[lowHalf]!, halves[highHalf]!);
}

// Four positional parameters, because an object would be allocated for every integer.
function writeHalves(bytes: Uint8Array, end: number, low: number, high: number): number {
  let lo = low >>> 0;
  let hi = high >>> 0;
  const start = end - sizeOfHalves(lo, hi);
  let at = start;
  while (hi !== 0 || lo > 0x7f) {
    bytes[at++] = (lo & 0x7f) | 0x80;
    lo = ((lo >>> 7) | (hi << 25)) >>> 0;
    hi >>>= 7;
  }
  bytes[at] = lo;
  return start;
}

/** Writes bytes with their length before them. */
export function writeBytes(bytes: Uint8Array, end: number, value: Uint8Array): number {
  return writeVarint32(bytes, writeRaw(bytes, end, value), value.length);
}

/** Writes bytes alone. */
export function writeRaw(bytes: Uint8Array, end: number, value: Uint8Array): number {
  const size = value.length;
  const start = end - size;
  if (size <= loopSizeMax) for (let i = 0; i < size; i++) bytes[start + i] = value[i]!;
  else bytes.set(value, start);
  return start;
}
