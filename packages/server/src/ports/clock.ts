/**
 * Time as a member sees it. Everything outside `adapters/` waits and measures through this port, so that a
 * whole cluster can run on a scripted clock. Monotonic time never goes back and has no calendar meaning;
 * wall time may jump and is used only for what people read (logs, `Date` headers).
 */
export interface Clock {
  /** Monotonic milliseconds with a fraction; the origin is arbitrary. */
  nowMs(): number;
  /** Milliseconds since 1970 by the machine's calendar. */
  wallMs(): number;
  /** Calls `run` once after at least `delayMs`; the returned handle cancels it. */
  setTimer(delayMs: number, run: () => void): Timer;
  /** Calls `run` once when the current event-loop turn has handled all its input: the moment to flush a batch. */
  endOfTurn(run: () => void): void;
}

/** A pending call of `Clock.setTimer`. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void;
}
