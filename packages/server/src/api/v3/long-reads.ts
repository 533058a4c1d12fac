/**
 * Keeps long reads from holding up everything else: all of them together get one slice of work each turn of the event
 * loop, in turn, and only so many are under way; the rest wait in line. What one slice may do bounds how long a put or
 * a heartbeat waits, whatever is being read.
 */
import { etcdError } from "@etcd-ts/proto";

/** Reads that collect, sort or measure: each may hold a megabyte. */
const readingMax = 16;
/** Answers that are being sent: each holds some 200 KiB. */
const sendingMax = 256;
/** Transactions that only read: each holds its whole answer, which may be half a gigabyte. */
const transactionsMax = 4;
/** Reads that wait for a place; more are refused. */
const waitingMax = 4096;

/** A place taken or waited for. */
export interface Place {
  /** Gives it back, or waits no longer; more than once is fine. */
  release(): void;
}

/** The long reads of one member. */
export class LongReads {
  readonly reading = new Places(readingMax);
  readonly sending = new Places(sendingMax);
  readonly transactions = new Places(transactionsMax);
  readonly #endOfTurn: (run: () => void) => void;
  #slices: (() => void)[] = [];

  constructor(endOfTurn: (run: () => void) => void) {
    this.#endOfTurn = endOfTurn;
  }

  /** Runs a slice of work when all that asked before have had theirs; it must not throw. */
  inTurn(slice: () => void): void {
    this.#slices.push(slice);
    if (this.#slices.length === 1) this.#endOfTurn(this.#turn);
  }

  readonly #turn = (): void => {
    const slice = this.#slices.shift()!;
    if (this.#slices.length > 0) this.#endOfTurn(this.#turn);
    slice();
  };
}

/** A bounded number of places, given out in order. */
export class Places {
  readonly #countMax: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** Whether `take` would start at once. */
  get hasRoom(): boolean {
    return this.#taken < this.#countMax;
  }

  /** Calls `start`, at once or when a place is free. Throws etcd's error when too many wait. */
  take(start: () => void): Place {
    if (!this.hasRoom && this.#waiting.size >= waitingMax) throw etcdError("requestTooManyRequests");
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      if (!this.#waiting.delete(start)) this.#free();
    };
    if (this.hasRoom) {
      this.#taken++;
      start();
    } else this.#waiting.add(start);
    return { release };
  }

  #free(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
