/**
 * The Huffman code of RFC 7541 appendix B. The code is canonical: sorted by length and then by symbol, codes count
 * upwards, so the table of lengths defines it. Decoding walks a state machine four bits at a time; as the shortest
 * code has five bits, a step yields at most one symbol.
 */
const endOfString = 256;

const lengths: readonly number[] = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  ...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  ...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  ...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  ...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  ...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  ...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  ...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  ...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  ...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  ...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  30,
];

const codes = canonicalCodes();

function canonicalCodes(): Uint32Array {
  const assigned = new Uint32Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= 30; length++) {
    code *= 2;
    for (let symbol = 0; symbol < lengths.length; symbol++) if (lengths[symbol] === length) assigned[symbol] = code++;
  }
  return assigned;
}

/** `children[2 * node + bit]`: a node when positive, the complement of a symbol when negative. */
const children = codeTree();

function codeTree(): Int32Array {
  const tree = new Int32Array(2 * 256);
  let nodeCount = 1;
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    let node = 0;
    for (let bit = lengths[symbol]! - 1; bit > 0; bit--) {
      const edge = 2 * node + ((codes[symbol]! >>> bit) & 1);
      if (tree[edge] === 0) tree[edge] = nodeCount++;
      node = tree[edge]!;
    }
    tree[2 * node + (codes[symbol]! & 1)] = ~symbol;
  }
  return tree;
}

const noSymbol = 0x1ff;
const failed = -1;

/** `steps[16 * node + nibble]`: next node and, above nine bits, the symbol completed on the way. */
const steps = nibbleSteps();

function nibbleSteps(): Int32Array {
  const table = new Int32Array(256 * 16);
  for (let node = 0; node < 256; node++) {
    for (let nibble = 0; nibble < 16; nibble++) table[16 * node + nibble] = stepFrom(node, nibble);
  }
  return table;
}

function stepFrom(start: number, nibble: number): number {
  let node = start;
  let symbol = noSymbol;
  for (let bit = 3; bit >= 0; bit--) {
    const child = children[2 * node + ((nibble >> bit) & 1)]!;
    if (child >= 0) node = child;
    else {
      if (~child === endOfString) return failed;
      symbol = ~child;
      node = 0;
    }
  }
  return node | (symbol << 9);
}

/** Nodes a string may end in: fewer than eight bits of padding, all ones. */
const mayEnd = paddingNodes();

function paddingNodes(): Uint8Array {
  const allowed = new Uint8Array(256);
  let node = 0;
  for (let depth = 0; depth < 8; depth++) {
    allowed[node] = 1;
    node = children[2 * node + 1]!;
  }
  return allowed;
}

/** Largest number of octets that `sizeBytes` of Huffman code can stand for. */
export function huffmanDecodedSizeMax(sizeBytes: number): number {
  return Math.floor((sizeBytes * 8) / 5);
}

/**
 * Decodes `bytes[start, end)` into `output` from offset 0 and returns the number of octets, or -1 when the code is
 * invalid. `output` must hold `huffmanDecodedSizeMax(end - start)`.
 */
export function decodeHuffman(input: { bytes: Uint8Array; start: number; end: number }, output: Uint8Array): number {
  const bytes = input.bytes;
  let node = 0;
  let length = 0;
  for (let at = input.start; at < input.end; at++) {
    const octet = bytes[at]!;
    const high = steps[16 * node + (octet >> 4)]!;
    if (high === failed) return -1;
    if (high >> 9 !== noSymbol) output[length++] = high >> 9;
    const low = steps[16 * (high & 0x1ff) + (octet & 15)]!;
    if (low === failed) return -1;
    if (low >> 9 !== noSymbol) output[length++] = low >> 9;
    node = low & 0x1ff;
  }
  return mayEnd[node] === 1 ? length : -1;
}

/** Size of the text in Huffman code, padding included. */
export function huffmanSize(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits += lengths[text.charCodeAt(at) & 0xff]!;
  return (bits + 7) >> 3;
}

/** Encodes the text at `output[at…]`; the caller reserved `huffmanSize(text)` bytes. */
export function encodeHuffman(text: string, output: Uint8Array, at: number): void {
  let position = at;
  let bits = 0;
  let bitCount = 0;
  for (let index = 0; index < text.length; index++) {
    const symbol = text.charCodeAt(index) & 0xff;
    for (let left = lengths[symbol]! - 1; left >= 0; left--) {
      bits = (bits << 1) | ((codes[symbol]! >>> left) & 1);
      if (++bitCount === 8) {
        output[position++] = bits;
        bits = 0;
        bitCount = 0;
      }
    }
  }
  if (bitCount > 0) output[position] = (bits << (8 - bitCount)) | (0xff >> bitCount);
}
