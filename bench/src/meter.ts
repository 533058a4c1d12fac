/**
 * Counts operations and their latencies while the measuring window is open; what ends outside of it (warm-up, the last
 * calls under way) is not counted. Errors count always: a load with errors says nothing about speed.
 */
import { LatencyHistogram } from "./latency-histogram.ts";

/** The figures of one window. */
export interface Measured {
  readonly operations: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  readonly firstError: string | undefined;
  /** Share of one processor that the generator itself used. */
  readonly generatorBusy: number;
}

/** One measuring window at a time. */
export class Meter {
  readonly #latencies = new LatencyHistogram();
  #isOpen = false;
  #openedMs = 0;
  #openedCpu = process.cpuUsage();
  #errors = 0;
  #firstError: string | undefined;

  /** Opens the window, with nothing counted. */
  open(): void {
    this.#latencies.clear();
    this.#openedCpu = process.cpuUsage();
    this.#openedMs = performance.now();
    this.#isOpen = true;
  }

  /** Adds an operation that was answered. */
  record(latencyMs: number): void {
    if (this.#isOpen) this.#latencies.record(latencyMs);
  }

  /** Adds a failed operation. */
  fail(reason: string): void {
    this.#errors++;
    this.#firstError ??= reason;
  }

  /** Closes the window and tells its figures. */
  close(): Measured {
    this.#isOpen = false;
    const seconds = (performance.now() - this.#openedMs) / 1_000;
    const { user, system } = process.cpuUsage(this.#openedCpu);
    return {
      operations: this.#latencies.count,
      seconds,
      p50Ms: this.#latencies.percentileMs(0.5),
      p99Ms: this.#latencies.percentileMs(0.99),
      errors: this.#errors,
      firstError: this.#firstError,
      generatorBusy: (user + system) / 1e6 / seconds,
    };
  }
}
