/**
 * Records read or written lately, by revision, bounded in bytes. Two generations: what is used moves to the young one; when
 * that holds half the bytes allowed, it becomes the old one and the old one is forgotten. About as good as
 * least-recently-used, without a list to keep.
 */

/** Counted per record beside its bytes: the view and the map's entry. */
const ENTRY_OVERHEAD_BYTES = 150;
/** Sub revisions from here on are not cached: such transactions are rare, and their keys would collide. */
const SUB_LIMIT = 1024;

/** The cache. Records go in and come out as they are, never copied. */
export class RecordCache {
  #young = new Map<number, Uint8Array>();
  #old = new Map<number, Uint8Array>();
  #youngBytes = 0;
  readonly #youngBytesMax: number;

  constructor(bytesMax: number) {
    this.#youngBytesMax = bytesMax / 2;
  }

  get(main: number, sub: number): Uint8Array | undefined {
    const name = nameOf(main, sub);
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.#insert(name, old);
    return old;
  }

  set(main: number, sub: number, record: Uint8Array): void {
    if (sub < SUB_LIMIT) this.#insert(nameOf(main, sub), record);
  }

  #insert(name: number, record: Uint8Array): void {
    const bytes = record.length + ENTRY_OVERHEAD_BYTES;
    if (bytes > this.#youngBytesMax) return;
    this.#young.set(name, record);
    this.#youngBytes += bytes;
    if (this.#youngBytes <= this.#youngBytesMax) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}

/** Small positive numbers for the first change of a transaction, which most have only one of; negative for the others. */
function nameOf(main: number, sub: number): number {
  return sub === 0 ? main : -(main * SUB_LIMIT + sub);
}
