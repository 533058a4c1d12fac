/**
 * Rows of the report: both servers' figures of one load, the median of the rounds, and their ratio (ours / etcd), as a
 * table for people and as JSON for tools.
 */
import type { Figures, Measurement } from "./measurement.ts";

/** One load's line. */
export interface Row {
  readonly load: string;
  readonly ours: Figures;
  readonly etcd: Figures;
  readonly ratio: Figures;
  /** The generator used a processor up in the median round of either server: that server may be faster than told. */
  readonly generatorBound: readonly string[];
}

const names = ["throughput", "p50Ms", "p99Ms", "cpuUsPerOp", "rssMb"] as const satisfies readonly (keyof Figures)[];

/** Share of a processor from which on the generator counts as the bottleneck. */
const busyMost = 0.9;

/** Makes a row of all rounds of one load. */
export function rowOf(load: string, rounds: { ours: readonly Measurement[]; etcd: readonly Measurement[] }): Row {
  const [ours, etcd] = [medianFigures(rounds.ours), medianFigures(rounds.etcd)];
  const isBound = (of: readonly Measurement[]): boolean => (median(of.map((m) => m.generatorBusy)) ?? 0) > busyMost;
  const generatorBound = (["ours", "etcd"] as const).filter((who) => isBound(rounds[who]));
  const ratio = Object.fromEntries(names.map((name) => [name, divide(ours[name], etcd[name])]));
  return { load, ours, etcd, ratio, generatorBound };
}

/** The middle value, the mean of the two middle ones, or undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((left, right) => left - right);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

function medianFigures(measurements: readonly Measurement[]): Figures {
  const of = (name: keyof Figures): number | undefined =>
    median(measurements.map(({ figures }) => figures[name]).filter((value) => value !== undefined));
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

function divide(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined || right === 0 ? undefined : left / right;
}

/** The heading of the table, as Markdown. */
export const tableHead = [
  "| load | per second (ours, etcd, ×) | p50 ms | p99 ms | server CPU µs/op (×) | RSS MB (×) |",
  "| --- | --- | --- | --- | --- | --- |",
].join("\n");

/** One line of the table, as Markdown. */
export function tableLine({ load, ours, etcd, ratio, generatorBound }: Row): string {
  const pair = (name: keyof Figures): string => `${brief(ours[name])} / ${brief(etcd[name])}`;
  const times = (name: keyof Figures): string => (ratio[name] === undefined ? "" : ` (${ratio[name].toFixed(2)})`);
  const note = generatorBound.length === 0 ? "" : ` ¹ ${generatorBound.join(", ")}`;
  const cells = [
    load + note,
    pair("throughput") + times("throughput"),
    pair("p50Ms"),
    pair("p99Ms"),
    pair("cpuUsPerOp") + times("cpuUsPerOp"),
    pair("rssMb") + times("rssMb"),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** What the footnote mark means. */
export const tableFoot = "¹ the generator used more than 0.9 of a processor: this server may be faster than the figure";

function brief(value: number | undefined): string {
  if (value === undefined) return "–";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(value >= 1 ? 3 : 2);
}
