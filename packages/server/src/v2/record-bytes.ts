/**
 * Records of text as bytes, cut from slabs: an allocation for every record costs more than filling it, and the store asks for
 * the address of every buffer anew. A slab lives as long as any record in it, so records larger than a part of one stand alone.
 */

const slabSizeBytes = 64 * 1024;
/** UTF-8 needs no more for a unit of UTF-16. */
const bytesPerUnitMax = 3;
const encoder = new TextEncoder();

/** Makes records; no byte is handed out twice. */
export class RecordBytes {
  #slab = new Uint8Array(0);
  #used = 0;

  /** The text in UTF-8; it belongs to the caller. */
  of(text: string): Uint8Array {
    const sizeMax = bytesPerUnitMax * text.length;
    if (sizeMax > slabSizeBytes / 4) return encoder.encode(text);
    if (this.#used + sizeMax > this.#slab.length) {
      this.#slab = new Uint8Array(slabSizeBytes);
      this.#used = 0;
    }
    const { buffer } = this.#slab;
    const { written } = encoder.encodeInto(text, new Uint8Array(buffer, this.#used, sizeMax));
    const record = new Uint8Array(buffer, this.#used, written);
    this.#used += written;
    return record;
  }
}
