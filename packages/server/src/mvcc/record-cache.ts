/**
 * Records read or written lately, by revision, bounded in bytes: a table with one place per revision modulo its size, where
 * a newcomer replaces whoever stands there. Neighbouring revisions have different places, so the newest records are all
 * in it; nothing is linked, which makes a miss as cheap as a hit. The table doubles, up to its bound, when two revisions want
 * one place; when the bytes run out, places are emptied round robin.
 */

/** Counted per record beside its bytes: the view and its place. */
const ENTRY_OVERHEAD_BYTES = 150;
const TYPICAL_RECORD_BYTES = 350;
const PLACES_FIRST = 512;

/** The cache. Records go in and come out as they are, never copied. */
export class RecordCache {
  readonly #bytesMax: number;
  readonly #placesMax: number;
  #mask: number;
  #mains: Float64Array;
  #subs: Float64Array;
  #records: (Uint8Array | undefined)[];
  #bytes = 0;
  #hand = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#placesMax = 2 ** Math.max(4, Math.ceil(Math.log2(bytesMax / (TYPICAL_RECORD_BYTES + ENTRY_OVERHEAD_BYTES))));
    const places = Math.min(PLACES_FIRST, this.#placesMax);
    this.#mask = places - 1;
    this.#mains = new Float64Array(places);
    this.#subs = new Float64Array(places);
    this.#records = new Array<Uint8Array | undefined>(places).fill(undefined);
  }

  get(main: number, sub: number): Uint8Array | undefined {
    const place = this.#placeOf(main, sub);
    return this.#mains[place] === main && this.#subs[place] === sub ? this.#records[place] : undefined;
  }

  set(main: number, sub: number, record: Uint8Array): void {
    let place = this.#placeOf(main, sub);
    while (this.#mask + 1 < this.#placesMax && this.#isTaken(place, main, sub)) {
      this.#grow();
      place = this.#placeOf(main, sub);
    }
    this.#clear(place);
    this.#mains[place] = main;
    this.#subs[place] = sub;
    this.#records[place] = record;
    this.#bytes += record.length + ENTRY_OVERHEAD_BYTES;
    while (this.#bytes > this.#bytesMax) {
      this.#clear(this.#hand);
      this.#hand = (this.#hand + 1) & this.#mask;
    }
  }

  #placeOf(main: number, sub: number): number {
    return (main + sub * 7919) & this.#mask;
  }

  /** Whether another revision's record stands there. */
  #isTaken(place: number, main: number, sub: number): boolean {
    return this.#records[place] !== undefined && (this.#mains[place] !== main || this.#subs[place] !== sub);
  }

  /** Revisions that had different places still do. */
  #grow(): void {
    const [mains, subs, records] = [this.#mains, this.#subs, this.#records];
    const places = records.length * 2;
    this.#mask = places - 1;
    this.#mains = new Float64Array(places);
    this.#subs = new Float64Array(places);
    this.#records = new Array<Uint8Array | undefined>(places).fill(undefined);
    for (let from = 0; from < records.length; from++) {
      if (records[from] === undefined) continue;
      const place = this.#placeOf(mains[from]!, subs[from]!);
      this.#mains[place] = mains[from]!;
      this.#subs[place] = subs[from]!;
      this.#records[place] = records[from];
    }
  }

  #clear(place: number): void {
    const record = this.#records[place];
    if (record === undefined) return;
    this.#records[place] = undefined;
    this.#bytes -= record.length + ENTRY_OVERHEAD_BYTES;
  }
}
