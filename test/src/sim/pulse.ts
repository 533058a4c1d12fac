/**
 * What a thread that simulates shows of itself while it is busy: memory that it shares with the one that watches it, and
 * that tells, without a turn of any event loop, how far the schedule is. A pulse that stands still is an event without end.
 */

/** Fields of the memory, in numbers of 64 bits. */
const fields = { beats: 0, nowMs: 1 } as const;

/** The pulse, on either side. */
export class Pulse {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Float64Array;

  /** `memory` is that of another pulse; left out: of its own. */
  constructor(memory = new SharedArrayBuffer(Object.keys(fields).length * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#numbers = new Float64Array(memory);
  }

  /** An event of a schedule begins, at this simulated time; or its judgement, or the next schedule. */
  beat(nowMs: number): void {
    this.#numbers[fields.beats]!++;
    this.#numbers[fields.nowMs] = nowMs;
  }

  /** How often it beat since the memory is there. */
  get beats(): number {
    return this.#numbers[fields.beats]!;
  }

  /** The simulated time of the last beat. */
  get nowMs(): number {
    return this.#numbers[fields.nowMs]!;
  }
}
