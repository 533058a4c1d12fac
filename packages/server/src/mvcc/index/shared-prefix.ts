/**
 * How much of the searched key is already known to be shared while a search narrows an interval: what lies between two
 * keys begins with whatever both have in common with the searched one, so comparing need not look at those bytes again.
 * With keys like `/registry/pods/…` that is most of the work.
 */

/** One search. Both bounds start unknown, sharing nothing. */
export class SharedPrefix {
  /** Bytes the searched key is known to share with the lower end of the interval left. */
  low = 0;
  /** The same for the upper end. */
  high = 0;

  raiseLow(bytes: number): void {
    if (bytes > this.low) this.low = bytes;
  }

  raiseHigh(bytes: number): void {
    if (bytes > this.high) this.high = bytes;
  }

  /** Bytes shared with everything in the interval. */
  get both(): number {
    return this.low < this.high ? this.low : this.high;
  }
}
