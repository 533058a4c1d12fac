/**
 * Metadata of a call: names in lower case with string values, or bytes where the name ends in `-bin` (base64 on the
 * wire). What a peer sent is shared by all calls with the same header block and therefore sealed.
 */
import { assert, decodeBase64, encodeBase64 } from "../lib/index.ts";

const nameRule = /^[0-9a-z_.-]+$/;

/** An ordered list of names and values; a name may occur more than once. */
export class Metadata {
  /** Sealed, without entries. */
  static readonly empty: Metadata = new Metadata().seal();

  readonly #entries: [name: string, wireValue: string][] = [];
  #isSealed = false;

  /** Metadata from pairs. */
  static of(entries: Iterable<readonly [name: string, value: string | Uint8Array]>): Metadata {
    const metadata = new Metadata();
    for (const [name, value] of entries) metadata.add(name, value);
    return metadata;
  }

  /** Number of entries. */
  get size(): number {
    return this.#entries.length;
  }

  /** Appends an entry; bytes need a name that ends in `-bin`, text must be printable ASCII. */
  add(name: string, value: string | Uint8Array): this {
    assert(!this.#isSealed, "metadata of a peer is read only");
    const lower = name.toLowerCase();
    assert(nameRule.test(lower), `invalid metadata name ${name}`);
    assert(typeof value === "string" || lower.endsWith("-bin"), `bytes need a -bin name: ${name}`);
    assert(typeof value !== "string" || /^[\x20-\x7e]*$/.test(value), `metadata ${name} is not printable ASCII`);
    this.#entries.push([lower, typeof value === "string" ? value : encodeBase64(value)]);
    return this;
  }

  /** Appends an entry as it came over the wire. */
  addWire(name: string, wireValue: string): void {
    assert(!this.#isSealed, "metadata of a peer is read only");
    this.#entries.push([name, wireValue]);
  }

  /** Allows no further change. */
  seal(): this {
    this.#isSealed = true;
    return this;
  }

  /** First value of a name, or undefined. */
  get(name: string): string | undefined {
    for (const [known, value] of this.#entries) if (known === name) return value;
    return undefined;
  }

  /** Every value of a name, in order. */
  getAll(name: string): string[] {
    return this.#entries.filter(([known]) => known === name).map(([, value]) => value);
  }

  /** First value of a `-bin` name as bytes; undefined when there is none or it is no base64. */
  getBytes(name: string): Uint8Array | undefined {
    // Several values may be joined by commas (RFC 9110 section 5.3).
    const value = this.get(name)?.split(",")[0];
    return value === undefined ? undefined : decodeBase64(value);
  }

  /** The entries with their values as they are on the wire. */
  entries(): IterableIterator<readonly [name: string, wireValue: string]> {
    return this.#entries.values();
  }
}
