/**
 * Staged writes of a backend: what was put or deleted since the last commit, by bucket, laid over what the disk holds.
 * Two layers: `active` takes the writes; at a commit it is frozen and a fresh one goes on top, so that writing never
 * waits for the disk. The frozen layer stays readable until the disk answers for it.
 */
import { assert } from "../lib/assert.ts";
import { compareBytes, successor } from "../lib/bytes.ts";
import { SortedBytesMap } from "../lib/sorted-bytes-map.ts";
import { type BackendEntry, type Bucket, backendKeyBytesMax } from "./backend.ts";

/** A staged value; `null` is a deletion. */
export type Staged = Uint8Array | null;
/** Staged writes by bucket. */
export type Layer = Map<Bucket, SortedBytesMap<Staged>>;
type Range = { start: Uint8Array; end?: Uint8Array | undefined; limit: number };

/** Counted for every staged entry beside its bytes: what the structures around it cost. */
const ENTRY_OVERHEAD_BYTES = 64;

/** Both layers, and reading through them. */
export class BackendOverlay {
  #active: Layer = new Map();
  #frozen: Layer | undefined;
  #activeBytes = 0;
  #frozenBytes = 0;

  get stagedBytes(): number {
    return this.#activeBytes + this.#frozenBytes;
  }

  /** The staged value, `null` when staged as deleted, `undefined` when nothing is staged for the key. */
  get(bucket: Bucket, key: Uint8Array): Staged | undefined {
    const value = this.#active.get(bucket)?.get(key);
    return value === undefined ? this.#frozen?.get(bucket)?.get(key) : value;
  }

  /** Whether anything of the bucket is staged. */
  holds(bucket: Bucket): boolean {
    return this.#active.has(bucket) || this.#frozen?.has(bucket) === true;
  }

  stage(bucket: Bucket, key: Uint8Array, value: Staged): void {
    assert(key.length > 0 && key.length <= backendKeyBytesMax, "a backend key is empty or too long");
    let map = this.#active.get(bucket);
    if (map === undefined) {
      map = new SortedBytesMap();
      this.#active.set(bucket, map);
    }
    const previous = map.set(key, value);
    if (previous === undefined) this.#activeBytes += key.length + ENTRY_OVERHEAD_BYTES + sizeOf(value);
    else this.#activeBytes += sizeOf(value) - sizeOf(previous);
  }

  /** Freezes what is staged for a commit; the caller writes the layer, then calls `release`. */
  freeze(): Layer {
    assert(this.#frozen === undefined, "a layer of staged writes is already being committed");
    this.#frozen = this.#active;
    this.#frozenBytes = this.#activeBytes;
    this.#active = new Map();
    this.#activeBytes = 0;
    return this.#frozen;
  }

  /** The frozen layer is on disk: forget it. */
  release(): void {
    assert(this.#frozen !== undefined, "no layer of staged writes is being committed");
    this.#frozen = undefined;
    this.#frozenBytes = 0;
  }

  /** A slice of the bucket as it will be once everything staged is on disk; `base` reads the disk. */
  slice(bucket: Bucket, range: Range, base: (range: Range) => BackendEntry[]): BackendEntry[] {
    const layers = [this.#active.get(bucket), this.#frozen?.get(bucket)].filter((layer) => layer !== undefined);
    if (layers.length === 0) return base(range);
    const found: BackendEntry[] = [];
    let start: Uint8Array | undefined = range.start;
    while (start !== undefined && found.length < range.limit) {
      const wanted: Range = { start, end: range.end, limit: range.limit - found.length };
      start = mergeInto(found, [...layers.map((layer) => stagedSlice(layer, wanted)), base(wanted)], wanted.limit);
    }
    return found;
  }
}

interface StagedEntry {
  readonly key: Uint8Array;
  readonly value: Staged;
}

function stagedSlice(layer: SortedBytesMap<Staged>, range: Range): StagedEntry[] {
  const entries: StagedEntry[] = [];
  layer.scan(range, (key, value) => entries.push({ key, value }) < range.limit);
  return entries;
}

/**
 * Merges sources (newest first) that each hold at most `limit` entries. Stops where a cut-off source ends, since what
 * follows in it is unknown, and answers where to go on; `undefined` when everything was seen.
 */
function mergeInto(found: BackendEntry[], sources: readonly StagedEntry[][], limit: number): Uint8Array | undefined {
  const at = sources.map(() => 0);
  for (let taken = 0; taken < limit; ) {
    let best: StagedEntry | undefined;
    for (let s = 0; s < sources.length; s++) {
      const entry = sources[s]![at[s]!];
      if (entry !== undefined && (best === undefined || compareBytes(entry.key, best.key) < 0)) best = entry;
    }
    if (best === undefined) return undefined;
    if (best.value !== null) {
      found.push(best as BackendEntry);
      taken++;
    }
    for (let s = 0; s < sources.length; s++) {
      const entry = sources[s]![at[s]!];
      if (entry === undefined || compareBytes(entry.key, best.key) !== 0) continue;
      at[s] = at[s]! + 1;
      if (at[s] === sources[s]!.length && at[s] === limit) return successor(best.key);
    }
  }
  return undefined;
}

function sizeOf(value: Staged): number {
  return value === null ? 0 : value.length;
}
