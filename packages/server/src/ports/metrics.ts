/**
 * What code needs to count and time. Names are etcd's own Prometheus names, declared once where they are used;
 * a histogram takes seconds. Implementations must be cheap enough for hot paths: no allocation per call.
 */
export interface Counter {
  inc(by?: number): void;
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number): void;
  inc(by?: number): void;
  dec(by?: number): void;
}

/** A distribution over fixed buckets. */
export interface Histogram {
  /** Records one observation, in the unit of the metric's name (seconds for `_seconds`). */
  observe(value: number): void;
}

/** What names one time series. */
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** Fixed label values of this one time series. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Creates time series; asking twice for the same name and labels gives the same one. */
export interface Metrics {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  /** A gauge read at scrape time, for figures that exist anyway. */
  gaugeOf(options: MetricOptions, read: () => number): void;
  /** A counter read at scrape time; `read` never goes down. */
  counterOf(options: MetricOptions, read: () => number): void;
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram;
}
