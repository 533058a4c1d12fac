/** Metrics that a test can read back: counters and gauges by name, histograms as the number of their observations. */
import type { Counter, Gauge, Histogram, MetricOptions, Metrics } from "../ports/index.ts";

/** A `Metrics` that keeps its figures in memory; series of one name differ by their labels. */
export class RecordedMetrics implements Metrics {
  readonly #values = new Map<string, number>();
  readonly #reads = new Map<string, () => number>();

  /** The figure of a series; `undefined` when nobody declared it. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const series = seriesOf({ name, labels });
    return this.#reads.get(series)?.() ?? this.#values.get(series);
  }

  counter(options: MetricOptions): Counter {
    return this.#gauge(options);
  }

  gauge(options: MetricOptions): Gauge {
    return this.#gauge(options);
  }

  gaugeOf(options: MetricOptions, read: () => number): void {
    this.#reads.set(seriesOf(options), read);
  }

  counterOf(options: MetricOptions, read: () => number): void {
    this.#reads.set(seriesOf(options), read);
  }

  histogram(options: MetricOptions): Histogram {
    const gauge = this.#gauge(options);
    return { observe: () => gauge.inc() };
  }

  #gauge(options: MetricOptions): Gauge {
    const series = seriesOf(options);
    const add = (by: number): void => void this.#values.set(series, (this.#values.get(series) ?? 0) + by);
    add(0);
    return {
      set: (value) => void this.#values.set(series, value),
      inc: (by = 1) => add(by),
      dec: (by = 1) => add(-by),
    };
  }
}

function seriesOf({ name, labels = {} }: Pick<MetricOptions, "name" | "labels">): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
}
