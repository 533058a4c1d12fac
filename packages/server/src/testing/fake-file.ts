/**
 * One file of the fake disk: what the system shows (`current`), what a power cut leaves for certain (`durable`), and
 * the changes between them, in order. A power cut keeps a choice of those changes sector by sector: every sector shows
 * some moment between the last sync and the cut, each its own, and so does the length. Within a sector nothing is torn:
 * that is what disks promise, and what etcd's log format relies on.
 */
import type { Random } from "../ports/index.ts";
import { PAGE_BYTES, SparseBytes } from "./sparse-bytes.ts";

/** What a disk writes all of or nothing of. */
export const SECTOR_BYTES = 512;

/** How much of what was not synced a power cut leaves: nothing, all, the first changes, or a mix of sectors. */
export const survivals = ["none", "all", "prefix", "mixed"] as const;
export type Survival = (typeof survivals)[number];

interface Change {
  /** Bytes written at `position`, or nothing for a change of length alone. */
  readonly bytes: Uint8Array | undefined;
  readonly position: number;
  /** Length of the file after this change. */
  readonly sizeBytes: number;
}

/** Contents with a past. */
export class FakeFile {
  readonly kind = "file";
  #current: SparseBytes;
  #durable: SparseBytes;
  #unsynced: Change[] = [];
  /** The open file that holds the lock. */
  lockHolder: object | undefined;

  constructor(contents = new SparseBytes()) {
    this.#current = contents;
    this.#durable = contents.clone();
  }

  get sizeBytes(): number {
    return this.#current.sizeBytes;
  }

  /** Changes since the last sync: what a sync that starts now will make durable. */
  get unsyncedCount(): number {
    return this.#unsynced.length;
  }

  read(into: Uint8Array, position: number): number {
    return this.#current.read(into, position);
  }

  toBytes(): Uint8Array {
    return this.#current.toBytes();
  }

  write(bytes: Uint8Array, position: number): void {
    this.#current.write(bytes, position);
    this.#unsynced.push({ bytes: bytes.slice(), position, sizeBytes: this.sizeBytes });
  }

  resize(sizeBytes: number): void {
    this.#current.resize(sizeBytes);
    this.#unsynced.push({ bytes: undefined, position: 0, sizeBytes });
  }

  /** Makes the first `count` unsynced changes durable. */
  sync(count: number): void {
    for (const change of this.#unsynced.splice(0, count)) apply(change, this.#durable);
  }

  /** What a failed sync does: the system forgets that these changes were never written, and goes on showing them. */
  forgetUnsynced(): void {
    this.#unsynced = [];
  }

  /** Damages the medium: flips the bits of `mask` in one byte. */
  flip(position: number, mask: number): void {
    for (const contents of [this.#current, this.#durable]) {
      const byte = new Uint8Array(1);
      if (contents.read(byte, position) === 0) continue;
      byte[0]! ^= mask;
      contents.write(byte, position);
    }
  }

  /** The file as it is found after a power cut. */
  afterPowerCut(survival: Survival, random: Random): FakeFile {
    const kept = this.#durable.clone();
    const count = this.#unsynced.length;
    if (survival === "mixed") this.#keepSectors(kept, random);
    else for (const change of this.#unsynced.slice(0, keptCount(survival, count, random))) apply(change, kept);
    return new FakeFile(kept);
  }

  #keepSectors(kept: SparseBytes, random: Random): void {
    const count = this.#unsynced.length;
    const cutoffs = new Map<number, number>();
    const work = this.#durable.clone();
    for (const [number, change] of this.#unsynced.entries()) {
      const touched = touchedSectors(change, work);
      apply(change, work);
      for (const sector of touched) {
        const cutoff = cutoffs.get(sector) ?? random.below(count + 1);
        cutoffs.set(sector, cutoff);
        if (number < cutoff) copySector(work, kept, sector);
      }
    }
    const sizes = [this.#durable.sizeBytes, ...this.#unsynced.map((change) => change.sizeBytes)];
    kept.resize(sizes[random.below(sizes.length)]!);
  }
}

/** How many of `count` ordered changes survive. */
export function keptCount(survival: Survival, count: number, random: Random): number {
  if (survival === "none") return 0;
  return survival === "all" ? count : random.below(count + 1);
}

function apply(change: Change, contents: SparseBytes): void {
  if (change.bytes === undefined) contents.resize(change.sizeBytes);
  else contents.write(change.bytes, change.position);
}

function touchedSectors(change: Change, before: SparseBytes): number[] {
  if (change.bytes !== undefined) return sectors(change.position, change.position + change.bytes.byteLength);
  const pages = before.pagesFrom(change.sizeBytes);
  return pages.flatMap((page) => sectors(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
}

function sectors(start: number, end: number): number[] {
  const first = Math.floor(start / SECTOR_BYTES);
  const last = Math.ceil(end / SECTOR_BYTES);
  return Array.from({ length: last - first }, (_, i) => first + i);
}

function copySector(from: SparseBytes, to: SparseBytes, sector: number): void {
  const bytes = new Uint8Array(SECTOR_BYTES);
  from.read(bytes, sector * SECTOR_BYTES);
  to.write(bytes, sector * SECTOR_BYTES);
}
