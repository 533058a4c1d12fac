/**
 * Metrics in Prometheus' text form under etcd's names. Code that counts works on plain numbers; labels are put into
 * text once, when a series is created, and prom-client sees a family only when somebody scrapes. So counting costs an
 * addition. prom-client also brings the process_* and nodejs_* families; it is loaded by the first scrape, or when a started
 * server calls `observeProcess`, because loading it is a tenth of a start.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Metric, Registry } from "prom-client";
import { assert } from "../lib/assert.ts";
import type { Counter, Gauge, Histogram, MetricOptions, Metrics } from "../ports/index.ts";

type Labels = Readonly<Record<string, string>>;
/** One line of the answer, as prom-client formats it. */
interface Sample {
  readonly value: number;
  readonly labels: Record<string, string | number>;
  readonly metricName?: string;
}
type FamilyType = "counter" | "gauge" | "histogram";

interface Series {
  readonly labels: Labels;
  /** What was handed out for this series: the same again when asked twice. */
  readonly handle: unknown;
  read(): Sample[];
}

/** Other names under which counters and gauges are exported as well. */
export type OlderNames = Readonly<Record<string, string>>;

/** The `Metrics` of a running member; `text()` answers a scrape. */
export class PromMetrics implements Metrics {
  /** The `Content-Type` of `text()`. */
  readonly contentType = "text/plain; version=0.0.4; charset=utf-8";
  readonly #families = new Map<string, Family>();
  readonly #withProcess: boolean;
  readonly #olderNames: OlderNames;
  #registry: Registry | undefined;

  /** `process: true` adds what is known about the process and the machine; tests of names do without. */
  constructor({ process: withProcess, olderNames = {} }: { process: boolean; olderNames?: OlderNames }) {
    this.#withProcess = withProcess;
    this.#olderNames = olderNames;
    if (!withProcess) return;
    this.gaugeOf({ name: "os_fd_used", help: "The number of used file descriptors." }, usedDescriptors);
    this.gaugeOf({ name: "os_fd_limit", help: "The file descriptor limit." }, () => limitOf("Max open files"));
    this.gaugeOf(
      { name: "process_virtual_memory_max_bytes", help: "Maximum amount of virtual memory available in bytes." },
      () => limitOf("Max address space"),
    );
  }

  /** All families in the text exposition format. */
  text(): Promise<string> {
    return this.observeProcess().metrics();
  }

  /** Begins to watch the event loop and the garbage collector, at the latest with the first scrape. */
  observeProcess(): Registry {
    if (this.#registry !== undefined) return this.#registry;
    const prometheus = createRequire(import.meta.url)("prom-client") as typeof import("prom-client");
    this.#registry = new prometheus.Registry();
    for (const family of this.#families.values()) this.#register(this.#registry, family);
    if (this.#withProcess)
      prometheus.collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 });
    return this.#registry;
  }

  counter(options: MetricOptions): Counter {
    return this.#numberSeries(options, "counter");
  }

  gauge(options: MetricOptions): Gauge {
    return this.#numberSeries(options, "gauge");
  }

  gaugeOf(options: MetricOptions, read: () => number): void {
    this.#readSeries(options, { type: "gauge", read });
  }

  counterOf(options: MetricOptions, read: () => number): void {
    this.#readSeries(options, { type: "counter", read });
  }

  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram {
    const family = this.#family(options, "histogram");
    return family.series(options.labels ?? {}, () => new HistogramSeries(options)) as HistogramSeries;
  }

  #numberSeries(options: MetricOptions, type: "counter" | "gauge"): NumberSeries {
    const family = this.#family(options, type);
    return family.series(options.labels ?? {}, () => new NumberSeries(options.labels ?? {})) as NumberSeries;
  }

  #readSeries(options: MetricOptions, { type, read }: { type: "counter" | "gauge"; read: () => number }): void {
    const labels = options.labels ?? {};
    const series = { labels, handle: read, read: () => [{ value: read(), labels }] };
    assert(this.#family(options, type).series(labels, () => series) === read, () => `${options.name} is read twice`);
  }

  #family({ name, help }: MetricOptions, type: FamilyType): Family {
    const known = this.#families.get(name);
    if (known !== undefined) {
      assert(known.type === type, () => `${name} is a ${known.type}, not a ${type}`);
      return known;
    }
    const family = new Family({ name, help, type });
    this.#families.set(name, family);
    if (this.#registry !== undefined) this.#register(this.#registry, family);
    return family;
  }

  /** prom-client asks no more of a metric than a name and `get`; its type asks for the classes' own methods. */
  #register(registry: Registry, family: Family): void {
    registry.registerMetric(family as unknown as Metric);
    const name = this.#olderNames[family.name];
    if (name === undefined) return;
    assert(family.type !== "histogram", "a histogram's samples carry its name");
    registry.registerMetric({ name, get: () => ({ ...family.get(), name }) } as unknown as Metric);
  }
}

class Family {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly #series = new Map<string, Series>();

  constructor({ name, help, type }: { name: string; help: string; type: FamilyType }) {
    this.name = name;
    this.help = help;
    this.type = type;
  }

  /** The handle of the series with these labels, made by `create` when it is new. */
  series(labels: Labels, create: () => Series): unknown {
    const key = JSON.stringify(Object.entries(labels).sort());
    let series = this.#series.get(key);
    if (series === undefined) {
      series = create();
      this.#series.set(key, series);
    }
    return series.handle;
  }

  /** Called by prom-client for every scrape. */
  get(): { name: string; help: string; type: FamilyType; aggregator: "sum"; values: Sample[] } {
    const values = [...this.#series.values()].flatMap((series) => series.read());
    return { name: this.name, help: this.help, type: this.type, aggregator: "sum", values };
  }
}

class NumberSeries implements Counter, Gauge, Series {
  readonly labels: Labels;
  #value = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  get handle(): this {
    return this;
  }

  inc(by = 1): void {
    this.#value += by;
  }

  dec(by = 1): void {
    this.#value -= by;
  }

  set(value: number): void {
    this.#value = value;
  }

  read(): Sample[] {
    return [{ value: this.#value, labels: this.labels }];
  }
}

class HistogramSeries implements Histogram, Series {
  readonly labels: Labels;
  readonly #name: string;
  /** Upper bounds, ascending. */
  readonly #bounds: Float64Array;
  /** Observations per bucket, not cumulated; the last one has no upper bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor({ name, labels, buckets }: MetricOptions & { readonly buckets: readonly number[] }) {
    this.#name = name;
    this.labels = labels ?? {};
    this.#bounds = Float64Array.from(buckets).sort();
    this.#counts = new Float64Array(this.#bounds.length + 1);
  }

  get handle(): this {
    return this;
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += value;
  }

  read(): Sample[] {
    const samples: Sample[] = [];
    let total = 0;
    for (const [i, count] of this.#counts.entries()) {
      total += count;
      const labels = { ...this.labels, le: this.#bounds[i] ?? "+Inf" };
      samples.push({ value: total, labels, metricName: `${this.#name}_bucket` });
    }
    samples.push({ value: this.#sum, labels: this.labels, metricName: `${this.#name}_sum` });
    samples.push({ value: total, labels: this.labels, metricName: `${this.#name}_count` });
    return samples;
  }
}

/** Open descriptors of this process; 0 where the system does not tell. */
function usedDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/** A soft limit of this process by its name in Linux; what is unlimited is Go's largest unsigned number. */
export function limitOf(name: string): number {
  try {
    const line = readFileSync("/proc/self/limits", "utf8")
      .split("\n")
      .find((one) => one.startsWith(name));
    const soft = line?.slice(name.length).trim().split(/\s+/)[0];
    return soft === "unlimited" ? 2 ** 64 : Number(soft ?? 0);
  } catch {
    return 0;
  }
}
