/**
 * HPACK decoding (RFC 7541). The decoder judges bytes of a peer: a malformed block is a value (`undefined`), after
 * which the connection cannot go on, because the tables of the two ends differ. A list that grows over the limit
 * is still decoded to its end, to keep the table right, but no longer collected.
 *
 * Bounds: the table by its capacity, the list by `listSizeMax`, a string by the block that holds it.
 */
import { decodeLatin1 } from "../lib/index.ts";
import { DynamicTable } from "./dynamic-table.ts";
import { HeaderBlock, HeaderBlockCache } from "./header-block.ts";
import { HeaderField } from "./header-field.ts";
import { decodeHuffman, huffmanDecodedSizeMax } from "./huffman.ts";
import { staticCount, staticFields } from "./static-table.ts";

const integerMax = 2 ** 28;
const noBytes = new Uint8Array(0);

/** The receiving end of one direction of one connection. */
export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #tableSizeMax: number;
  readonly #listSizeMax: number;
  readonly #cache = new HeaderBlockCache();
  #scratch: Uint8Array = new Uint8Array(256);
  // The cursor of the block being decoded; `#failed` ends it.
  #bytes: Uint8Array = noBytes;
  #at = 0;
  #end = 0;
  #failed = false;

  /** `tableSizeMax` is what our SETTINGS announce; `listSizeMax` bounds the decoded size of one block. */
  constructor(options: { tableSizeMax: number; listSizeMax: number }) {
    this.#tableSizeMax = options.tableSizeMax;
    this.#listSizeMax = options.listSizeMax;
    this.#table = new DynamicTable(options.tableSizeMax);
  }

  /** Decodes the block in `bytes[start, end)`; undefined means the connection's compression state is lost. */
  decode(bytes: Uint8Array, start: number, end: number): HeaderBlock | undefined {
    const known = this.#cache.find(bytes, start, end);
    if (known !== undefined) return known;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#failed = false;
    const insertedBefore = this.#table.insertedCount;
    const capacityBefore = this.#table.capacityBytes;
    this.#sizeUpdates();
    const block = this.#fields();
    this.#bytes = noBytes;
    if (this.#failed) return undefined;
    if (this.#table.insertedCount !== insertedBefore || this.#table.capacityBytes !== capacityBefore) {
      this.#cache.clear();
    } else this.#cache.offer(block, bytes, start, end);
    return block;
  }

  #sizeUpdates(): void {
    while (this.#at < this.#end && (this.#bytes[this.#at]! & 0xe0) === 0x20) {
      const size = this.#integer(31);
      if (this.#failed || size > this.#tableSizeMax) this.#failed = true;
      else this.#table.resize(size);
      if (this.#failed) return;
    }
  }

  #fields(): HeaderBlock {
    const fields: HeaderField[] = [];
    let listSize = 0;
    while (this.#at < this.#end && !this.#failed) {
      const field = this.#field();
      if (field === undefined) break;
      listSize += field.sizeBytes;
      if (listSize <= this.#listSizeMax) fields.push(field);
    }
    return new HeaderBlock(fields, listSize > this.#listSizeMax);
  }

  #field(): HeaderField | undefined {
    const first = this.#bytes[this.#at]!;
    if (first >= 0x80) return this.#indexed(this.#integer(0x7f));
    if (first >= 0x40) {
      const field = this.#literal(0x3f);
      if (field !== undefined) this.#insert(field);
      return field;
    }
    // A size update is allowed at the beginning of a block only.
    if (first >= 0x20) return this.#fail();
    return this.#literal(0x0f);
  }

  #insert(field: HeaderField): void {
    // An entry that does not fit empties the table; the count of insertions does not show that.
    if (!this.#table.insert(field)) this.#cache.clear();
  }

  #indexed(index: number): HeaderField | undefined {
    if (this.#failed || index === 0) return this.#fail();
    if (index <= staticCount) return staticFields[index]!;
    return this.#table.get(index - staticCount - 1) ?? this.#fail();
  }

  #literal(prefixMax: number): HeaderField | undefined {
    const index = this.#integer(prefixMax);
    const name = index === 0 && !this.#failed ? this.#string() : this.#indexed(index)?.name;
    if (name === undefined) return undefined;
    const value = this.#string();
    return value === undefined ? undefined : new HeaderField(name, value);
  }

  #string(): string | undefined {
    if (this.#at >= this.#end) return this.#fail();
    const isHuffman = this.#bytes[this.#at]! >= 0x80;
    const size = this.#integer(0x7f);
    if (this.#failed || size > this.#end - this.#at) return this.#fail();
    const start = this.#at;
    this.#at += size;
    return isHuffman ? this.#huffman(start, this.#at) : decodeLatin1(this.#bytes, start, this.#at);
  }

  #huffman(start: number, end: number): string | undefined {
    const sizeMax = huffmanDecodedSizeMax(end - start);
    if (this.#scratch.length < sizeMax) this.#scratch = new Uint8Array(sizeMax);
    const length = decodeHuffman({ bytes: this.#bytes, start, end }, this.#scratch);
    return length < 0 ? this.#fail() : decodeLatin1(this.#scratch, 0, length);
  }

  #integer(prefixMax: number): number {
    let value = this.#bytes[this.#at++]! & prefixMax;
    if (value < prefixMax) return value;
    for (let shift = 1; this.#at < this.#end; shift *= 128) {
      const octet = this.#bytes[this.#at++]!;
      value += (octet & 0x7f) * shift;
      if (value > integerMax || shift > integerMax) break;
      if (octet < 0x80) return value;
    }
    this.#failed = true;
    return 0;
  }

  #fail(): undefined {
    this.#failed = true;
  }
}
