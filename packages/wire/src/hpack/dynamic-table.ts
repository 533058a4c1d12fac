/**
 * The dynamic table of RFC 7541 section 2.3.2: a bounded queue of fields, newest first, addressed by age. Held as
 * a ring, so that an insertion moves nothing. `insertedCount` names entries for ever, which is what an encoder
 * needs to find an entry again after others came in.
 */
import { assert } from "../lib/index.ts";
import { entryOverheadBytes, type HeaderField } from "./header-field.ts";

/** A size-bounded first-in first-out table of header fields. */
export class DynamicTable {
  /** Fields ever inserted; grows with each insertion. */
  insertedCount = 0;
  /** Entries held now. */
  count = 0;
  /** Sum of the entries' sizes; never above the capacity. */
  sizeBytes = 0;
  #capacityBytes: number;
  #ring: (HeaderField | undefined)[] = new Array(16).fill(undefined);
  /** Called with each field that leaves, oldest first. */
  readonly #evicted: ((field: HeaderField) => void) | undefined;

  constructor(capacityBytes: number, evicted?: (field: HeaderField) => void) {
    this.#capacityBytes = capacityBytes;
    this.#evicted = evicted;
  }

  /** The largest sum of entry sizes. */
  get capacityBytes(): number {
    return this.#capacityBytes;
  }

  /** Entry by age, 0 being the newest; undefined when there is none. */
  get(age: number): HeaderField | undefined {
    if (age < 0 || age >= this.count) return undefined;
    return this.#ring[(this.insertedCount - 1 - age) & (this.#ring.length - 1)];
  }

  /** Inserts a field, evicting the oldest until it fits; one larger than the table empties it. */
  insert(field: HeaderField): boolean {
    this.#shrinkTo(this.#capacityBytes - field.sizeBytes);
    if (field.sizeBytes > this.#capacityBytes) return false;
    if (this.count === this.#ring.length) this.#enlarge();
    this.#ring[this.insertedCount & (this.#ring.length - 1)] = field;
    this.insertedCount++;
    this.count++;
    this.sizeBytes += field.sizeBytes;
    return true;
  }

  /** Changes the capacity, evicting the oldest entries that no longer fit. */
  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes;
    this.#shrinkTo(capacityBytes);
  }

  #shrinkTo(sizeBytes: number): void {
    while (this.count > 0 && this.sizeBytes > sizeBytes) {
      const slot = (this.insertedCount - this.count) & (this.#ring.length - 1);
      const field = this.#ring[slot]!;
      this.#ring[slot] = undefined;
      this.count--;
      this.sizeBytes -= field.sizeBytes;
      this.#evicted?.(field);
    }
  }

  #enlarge(): void {
    assert(this.#ring.length <= this.#capacityBytes / entryOverheadBytes, "a dynamic table holds too many entries");
    const ring: (HeaderField | undefined)[] = new Array(this.#ring.length * 2).fill(undefined);
    const first = this.insertedCount - this.count;
    for (let index = first; index < this.insertedCount; index++) {
      ring[index & (ring.length - 1)] = this.#ring[index & (this.#ring.length - 1)];
    }
    this.#ring = ring;
  }
}
