/**
 * Durations as Go writes and reads them: `1h30m`, `100ms`, `1.5s`, `-2us`, `0`.
 * Source: the documentation of Go's `time.ParseDuration`. Inside we count milliseconds, with a fraction where needed.
 */
const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const TERM = /^(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/;
/** The largest duration Go can hold: 2^63-1 nanoseconds, about 292 years. */
const MS_MAX = 2 ** 63 / 1e6;

/** Milliseconds of a duration in Go's syntax; `undefined` when Go would refuse it. */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === "0") return 0;
  if (rest === "") return undefined;
  let totalMs = 0;
  while (rest !== "") {
    const term = TERM.exec(rest);
    if (term === null) return undefined;
    totalMs += Number(term[1]) * MS_PER_UNIT[term[2]!]!;
    rest = rest.slice(term[0].length);
  }
  return totalMs < MS_MAX ? sign * totalMs : undefined;
}

/** The way Go prints a duration: `1h30m0s`, `1.5s`, `100ms`, `0s`. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return "0s";
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  if (size < 1e-3) return `${sign}${decimal(size * 1e6)}ns`;
  if (size < 1) return `${sign}${decimal(size * 1e3)}\u00b5s`;
  if (size < 1000) return `${sign}${decimal(size)}ms`;
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor((size % 3_600_000) / 60_000);
  const seconds = `${decimal((size % 60_000) / 1000)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

/** At most nine digits after the point, as a nanosecond is the smallest step, and no zeros at the end. */
function decimal(value: number): string {
  return String(Number(value.toFixed(9)));
}
