/**
 * A decoded field section. Blocks that change no table state are kept by the decoder and handed out again when the
 * same octets come again, so a block is immutable, and whoever derives something from it may leave that in `memo`.
 */
import type { HeaderField } from "./header-field.ts";

/** The fields of one HEADERS frame and its continuations, in order. */
export class HeaderBlock {
  /** The fields; incomplete when the list was too large. */
  readonly fields: readonly HeaderField[];
  /** Whether the fields exceeded the decoder's list limit (sizes as in RFC 7541 section 4.1). */
  readonly isTooLarge: boolean;
  /** Owned by the layer above: what it derived from the fields. */
  memo: unknown = undefined;

  constructor(fields: readonly HeaderField[], isTooLarge: boolean) {
    this.fields = fields;
    this.isTooLarge = isTooLarge;
  }
}

const slotCount = 64;
const cachedSizeMax = 512;

/**
 * Remembers blocks by their exact octets for as long as the dynamic table stays as it is. A block is kept when it
 * comes for the second time: those with a timeout of their own never do.
 */
export class HeaderBlockCache {
  readonly #blocks: (HeaderBlock | undefined)[] = new Array(slotCount).fill(undefined);
  readonly #octets: (Uint8Array | undefined)[] = new Array(slotCount).fill(undefined);
  /** By slot, the hash of the last block that was not kept. */
  readonly #seen = new Int32Array(slotCount);
  #isEmpty = true;

  /** The block these octets were decoded to under the present table, or undefined. */
  find(bytes: Uint8Array, start: number, end: number): HeaderBlock | undefined {
    if (this.#isEmpty || end - start > cachedSizeMax) return undefined;
    const slot = hashOf(bytes, start, end) & (slotCount - 1);
    const octets = this.#octets[slot];
    if (octets === undefined || octets.length !== end - start) return undefined;
    for (let at = 0; at < octets.length; at++) if (octets[at] !== bytes[start + at]) return undefined;
    return this.#blocks[slot];
  }

  /** Offers a block that was decoded without changing the table. */
  offer(block: HeaderBlock, bytes: Uint8Array, start: number, end: number): void {
    if (end - start > cachedSizeMax) return;
    const hash = hashOf(bytes, start, end);
    const slot = hash & (slotCount - 1);
    if (this.#seen[slot] !== hash) {
      this.#seen[slot] = hash;
      return;
    }
    this.#octets[slot] = Uint8Array.prototype.slice.call(bytes, start, end);
    this.#blocks[slot] = block;
    this.#isEmpty = false;
  }

  /** Forgets everything: the table changed, and with it the meaning of indexes. */
  clear(): void {
    if (this.#isEmpty) return;
    this.#blocks.fill(undefined);
    this.#octets.fill(undefined);
    this.#isEmpty = true;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
  return hash ^ (hash >>> 15);
}
