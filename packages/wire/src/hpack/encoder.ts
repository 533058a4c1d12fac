/**
 * HPACK encoding (RFC 7541) into an output buffer. The caller decides which fields enter the dynamic table: those
 * that come again. `generation` changes with the table, so a block that was encoded without changing it may be kept
 * and written again as long as the generation is the same.
 */
import { encodeLatin1, type OutputBuffer } from "../lib/index.ts";
import { DynamicTable } from "./dynamic-table.ts";
import type { HeaderField } from "./header-field.ts";
import { encodeHuffman, huffmanSize } from "./huffman.ts";
import { staticCount, staticIndexOf, staticIndexOfName } from "./static-table.ts";

/** RFC 9113 section 6.5.2: the table both ends begin with. */
export const initialTableSizeBytes = 4096;

/** The sending end of one direction of one connection. */
export class HpackEncoder {
  /** Changes whenever a block encoded before may mean something else now. */
  generation = 0;
  readonly #table: DynamicTable;
  readonly #positions = new Map<string, number>();
  readonly #usesHuffman: boolean;
  #announce = -1;

  constructor(options: { usesHuffman: boolean }) {
    this.#usesHuffman = options.usesHuffman;
    this.#table = new DynamicTable(initialTableSizeBytes, (field) => this.#positions.delete(keyOf(field)));
  }

  /** Applies the peer's SETTINGS_HEADER_TABLE_SIZE; the next block announces a smaller table. */
  limitTable(sizeBytes: number): void {
    if (sizeBytes >= this.#table.capacityBytes) return;
    this.#table.resize(sizeBytes);
    this.#announce = sizeBytes;
    this.generation++;
  }

  /** Begins a block: to be called before its first field. */
  begin(output: OutputBuffer): void {
    if (this.#announce < 0) return;
    this.#integer(output, 0x20, { prefixMax: 31, value: this.#announce });
    this.#announce = -1;
    this.generation++;
  }

  /** Appends a field; a `repeats` one enters the dynamic table and costs one octet from then on. */
  field(output: OutputBuffer, field: HeaderField, repeats: boolean): void {
    const index = this.#indexOf(field);
    if (index > 0) {
      this.#integer(output, 0x80, { prefixMax: 0x7f, value: index });
      return;
    }
    const enters = repeats && field.sizeBytes <= this.#table.capacityBytes;
    const nameIndex = staticIndexOfName(field.name);
    this.#integer(output, enters ? 0x40 : 0, { prefixMax: enters ? 0x3f : 0x0f, value: nameIndex });
    if (nameIndex === 0) this.#string(output, field.name);
    this.#string(output, field.value);
    if (enters) this.#insert(field);
  }

  #indexOf(field: HeaderField): number {
    const fixed = staticIndexOf(field.name, field.value);
    if (fixed > 0) return fixed;
    const position = this.#positions.get(keyOf(field));
    return position === undefined ? 0 : staticCount + this.#table.insertedCount - position;
  }

  #insert(field: HeaderField): void {
    this.#table.insert(field);
    this.#positions.set(keyOf(field), this.#table.insertedCount - 1);
    this.generation++;
  }

  #string(output: OutputBuffer, text: string): void {
    const coded = this.#usesHuffman ? huffmanSize(text) : text.length;
    const isHuffman = this.#usesHuffman && coded <= text.length;
    const size = isHuffman ? coded : text.length;
    this.#integer(output, isHuffman ? 0x80 : 0, { prefixMax: 0x7f, value: size });
    const at = output.reserve(size);
    if (isHuffman) encodeHuffman(text, output.bytes, at);
    else encodeLatin1(text, output.bytes, at);
  }

  #integer(output: OutputBuffer, pattern: number, number: { prefixMax: number; value: number }): void {
    const { prefixMax, value } = number;
    if (value < prefixMax) {
      append(output, pattern | value);
      return;
    }
    append(output, pattern | prefixMax);
    let rest = value - prefixMax;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) append(output, (rest & 0x7f) | 0x80);
    append(output, rest);
  }
}

function append(output: OutputBuffer, octet: number): void {
  const at = output.reserve(1);
  output.bytes[at] = octet;
}

function keyOf(field: HeaderField): string {
  return `${field.name}\n${field.value}`;
}
