/**
 * A stable sort that can be interrupted: a bottom-up merge sort that moves a bounded number of items per step, so that
 * sorting a million key-values does not stop the event loop.
 */

const RUN_LENGTH = 512;

/** One sort. Takes over the array it is given. */
export class SlicedSort<T> {
  #items: T[];
  #merged: T[] = [];
  readonly #compare: (a: T, b: T) => number;
  /** Length of the sorted runs; 0 while the first ones are made. */
  #width = 0;
  /** First item of the two runs at hand. */
  #start = 0;
  /** Items of the two runs that are merged already. */
  #left = 0;
  #right = 0;

  constructor(items: T[], compare: (a: T, b: T) => number) {
    this.#items = items;
    this.#compare = compare;
  }

  get done(): boolean {
    return this.#start === 0 && this.#width >= this.#items.length;
  }

  /** The items; sorted when `done`. */
  get items(): T[] {
    return this.#items;
  }

  /** Moves about `itemsMax` items. */
  step(itemsMax: number): void {
    for (let left = itemsMax; left > 0 && !this.done; ) left -= this.#width === 0 ? this.#sortRun() : this.#merge(left);
  }

  #sortRun(): number {
    const run = this.#items.slice(this.#start, this.#start + RUN_LENGTH).sort(this.#compare);
    for (const item of run) this.#items[this.#start++] = item;
    if (this.#start >= this.#items.length) this.#nextPass(RUN_LENGTH);
    return RUN_LENGTH;
  }

  /** Merges on in the two runs at hand; answers how many items it moved. */
  #merge(itemsMax: number): number {
    const items = this.#items;
    const middle = Math.min(this.#start + this.#width, items.length);
    const end = Math.min(middle + this.#width, items.length);
    let left = this.#start + this.#left;
    let right = middle + this.#right;
    let moved = 0;
    while (moved < itemsMax && (left < middle || right < end)) {
      const takesRight = left >= middle || (right < end && this.#compare(items[right]!, items[left]!) < 0);
      this.#merged.push(items[takesRight ? right++ : left++]!);
      moved++;
    }
    this.#left = left - this.#start;
    this.#right = right - middle;
    if (left >= middle && right >= end) this.#nextPair(end);
    return moved;
  }

  #nextPair(start: number): void {
    this.#start = start;
    this.#left = 0;
    this.#right = 0;
    if (start < this.#items.length) return;
    this.#items = this.#merged;
    this.#merged = [];
    this.#nextPass(this.#width * 2);
  }

  #nextPass(width: number): void {
    this.#start = 0;
    this.#width = width;
  }
}
