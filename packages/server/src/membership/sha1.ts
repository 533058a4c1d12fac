/**
 * SHA-1 of short texts, for the ids that etcd derives from addresses; nothing secret hangs on it. Here rather than from
 * `node:crypto` because ids are computed by deterministic code that imports nothing. Source: FIPS 180-4, section 6.1.
 */

/** The first eight bytes of the digest as an unsigned number, the form in which etcd uses it. */
export function sha1Prefix64(message: Uint8Array): bigint {
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const padded = pad(message);
  const words = new Int32Array(80);
  for (let at = 0; at < padded.byteLength; at += 64)
    compress(state, { block: new DataView(padded.buffer, at, 64), words });
  return (BigInt(state[0]! >>> 0) << 32n) | BigInt(state[1]! >>> 0);
}

/** A one bit, zeros, and the length in bits in the last eight bytes of the last block. */
function pad(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  return padded;
}

function compress(state: Int32Array, { block, words }: { block: DataView; words: Int32Array }): void {
  for (let i = 0; i < 16; i++) words[i] = block.getInt32(4 * i);
  for (let i = 16; i < 80; i++) words[i] = rotate(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1);
  let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
  for (let i = 0; i < 80; i++) {
    const next = (rotate(a, 5) + mix(i, [b, c, d]) + e + words[i]!) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  for (const [i, value] of [a, b, c, d, e].entries()) state[i] = (state[i]! + value) | 0;
}

/** The round's function of three words, its constant added. */
function mix(round: number, [b, c, d]: readonly [number, number, number]): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
