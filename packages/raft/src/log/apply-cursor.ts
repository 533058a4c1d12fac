// How far the application has been told to apply, and how far it has applied. What was handed out and not yet confirmed is
// bounded in bytes, across Readys, so that a slow application is not flooded.
// Invariant: applied <= applying <= committed index of the log.

/** Bounds what the application has to apply at once. */
export class ApplyCursor {
  readonly #limitBytes: number;
  #outstandingBytes = 0;
  applying: number;
  applied: number;
  /** True when nothing more is handed out until something is confirmed. */
  paused = false;

  constructor(applied: number, limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.applying = applied;
    this.applied = applied;
  }

  /** Whether sizes matter at all; without a limit nobody needs to compute them. */
  get limited(): boolean {
    return this.#limitBytes !== Number.POSITIVE_INFINITY;
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** The bytes that may still be handed out; positive unless paused. */
  get roomBytes(): number {
    return this.#limitBytes - this.#outstandingBytes;
  }

  /** Everything up to an index was handed out. `more` says that more was committed and did not fit. */
  accept(index: number, { sizeBytes, more }: { sizeBytes: number; more: boolean }): void {
    this.applying = index;
    this.#outstandingBytes += sizeBytes;
    this.paused = this.#outstandingBytes >= this.#limitBytes || more;
  }

  /** Everything up to an index was applied. */
  confirm(index: number, sizeBytes: number): void {
    this.applied = index;
    this.applying = Math.max(this.applying, index);
    this.#outstandingBytes = Math.max(0, this.#outstandingBytes - sizeBytes);
    this.paused = this.#outstandingBytes >= this.#limitBytes;
  }
}
