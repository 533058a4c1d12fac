/**
 * Staged writes of a backend: what was put or deleted since the last commit, by bucket, laid over what the disk holds.
 * Two layers: `active` takes the writes; at a commit it is frozen and a fresh one goes on top, so that writing never
 * waits for the disk. The frozen layer stays readable until the disk answers for it.
 */
import { assert } from "../lib/assert.ts";
import { compareBytes, successor } from "../lib/bytes.ts";
import { SortedBytesMap } from "../lib/sorted-bytes-map.ts";
import { type BackendEntry, type Bucket, backendKeyBytesMax, type SliceRange } from "./backend.ts";

/** A staged value; `null` is a deletion. */
export type Staged = Uint8Array | null;
/** Staged writes by bucket. */
export type Layer = Map<Bucket, SortedBytesMap<Staged>>;

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
  slice(bucket: Bucket, range: SliceRange, base: (range: SliceRange) => BackendEntry[]): BackendEntry[] {
    const layers = [this.#active.get(bucket), this.#frozen?.get(bucket)].filter((layer) => layer !== undefined);
    if (layers.length === 0) return base(range);
    const found: BackendEntry[] = [];
    let start: Uint8Array | undefined = range.start;
    for (let room: Room | undefined = roomOf(range); start !== undefined && room !== undefined; ) {
      const wanted: SliceRange = { ...range, start, ...room };
      const sources = [...layers.map((layer) => stagedSlice(layer, wanted)), base(wanted)];
      const before = found.length;
      start = mergeInto(found, sources, wanted);
      room = roomBehind(room, found.slice(before));
    }
    return found;
  }
}

interface StagedEntry {
  readonly key: Uint8Array;
  readonly value: Staged;
}

/** What a slice may still take. */
interface Room {
  readonly limit: number;
  readonly bytesMax: number;
}

function roomOf({ limit, bytesMax = Number.POSITIVE_INFINITY }: SliceRange): Room | undefined {
  return limit > 0 ? { limit, bytesMax } : undefined;
}

/** What is left behind these entries; `undefined`: nothing. */
function roomBehind({ limit, bytesMax }: Room, entries: readonly StagedEntry[]): Room | undefined {
  const bytesLeft = entries.reduce((left, { value }) => left - sizeOf(value), bytesMax);
  return entries.length < limit && bytesLeft > 0 ? { limit: limit - entries.length, bytesMax: bytesLeft } : undefined;
}

function stagedSlice(layer: SortedBytesMap<Staged>, range: SliceRange): StagedEntry[] {
  const entries: StagedEntry[] = [];
  layer.scan(range, (key, value) => entries.push({ key, value }) < range.limit);
  return entries;
}

/**
 * Merges sources (newest first) that each hold as much as was wanted. Stops when there is no more room, or where a cut-off source
 * ends, since what follows in it is unknown; answers where to go on, `undefined` when everything was seen.
 */
function mergeInto(
  found: BackendEntry[],
  sources: readonly StagedEntry[][],
  wanted: SliceRange,
): Uint8Array | undefined {
  const at = sources.map(() => 0);
  const isCut = sources.map((entries) => roomBehind(roomOf(wanted)!, entries) === undefined);
  let bytesLeft = wanted.bytesMax ?? Number.POSITIVE_INFINITY;
  for (let taken = 0; ; ) {
    let best: StagedEntry | undefined;
    for (let s = 0; s < sources.length; s++) {
      const entry = sources[s]![at[s]!];
      if (entry !== undefined && (best === undefined || compareBytes(entry.key, best.key) < 0)) best = entry;
    }
    if (best === undefined) return undefined;
    if (best.value !== null) {
      found.push(best as BackendEntry);
      taken++;
      bytesLeft -= best.value.length;
    }
    for (let s = 0; s < sources.length; s++) {
      const entry = sources[s]![at[s]!];
      if (entry === undefined || compareBytes(entry.key, best.key) !== 0) continue;
      at[s] = at[s]! + 1;
      if (at[s] === sources[s]!.length && isCut[s]) return successor(best.key);
    }
    if (taken === wanted.limit || bytesLeft <= 0) return successor(best.key);
  }
}

function sizeOf(value: Staged): number {
  return value === null ? 0 : value.length;
}
