/**
 * How much the peer may send us on the whole connection. Credit is given back in large steps, to spare frames; and
 * when a whole window passes in a short time, the window was what held the peer back, so it doubles.
 */
import { initialWindowSizeBytes } from "./frames.ts";

const growthIntervalMs = 100;

/** The connection's receive window. */
export class ReceiveWindow {
  #size = initialWindowSizeBytes;
  readonly #sizeMax: number;
  #used = 0;
  #passedSinceMs = 0;
  #passed = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Present size. */
  get sizeBytes(): number {
    return this.#size;
  }

  /** Counts received bytes; false when the peer sent more than it was allowed. */
  take(sizeBytes: number): boolean {
    this.#used += sizeBytes;
    return this.#used <= this.#size;
  }

  /** Enlarges the window at the start; returns the increment to announce. */
  open(sizeBytes: number): number {
    const increment = Math.max(0, sizeBytes - this.#size);
    this.#size += increment;
    return increment;
  }

  /** The credit due now, all but `heldBytes` of what was received, or 0 while too little has gathered. */
  credit(nowMs: number, heldBytes: number): number {
    const due = this.#used - heldBytes;
    if (due * 2 < this.#size) return 0;
    this.#used = heldBytes;
    return due + this.#growth(nowMs, due);
  }

  #growth(nowMs: number, passed: number): number {
    this.#passed += passed;
    if (this.#passed < this.#size) return 0;
    const isBusy = nowMs - this.#passedSinceMs < growthIntervalMs;
    this.#passed = 0;
    this.#passedSinceMs = nowMs;
    if (!isBusy) return 0;
    const increment = Math.min(this.#size, this.#sizeMax - this.#size);
    this.#size += increment;
    return increment;
  }
}
