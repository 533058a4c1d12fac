/** Times as Go writes them in JSON: RFC 3339 in UTC, with as many digits of a second as there are. */

/** Go's empty time, which stands for "none" in stored trees: the beginning of the year 1. */
export const zeroTimeNs = -62_135_596_800_000_000_000n;
/** How the empty time is written. */
export const zeroTimeText = "0001-01-01T00:00:00Z";

const nanosPerSecond = 1_000_000_000n;

/** Writes Unix nanoseconds; years 1 to 9999. */
export function formatTime(ns: bigint): string {
  let seconds = ns / nanosPerSecond;
  let rest = ns % nanosPerSecond;
  if (rest < 0n) {
    rest += nanosPerSecond;
    seconds -= 1n;
  }
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  if (rest === 0n) return `${whole}Z`;
  return `${whole}.${String(rest).padStart(9, "0").replace(/0+$/, "")}Z`;
}

/** Reads what Go wrote, in any zone; undefined when it is no time. */
export function parseTime(text: string): bigint | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (parts === null) return undefined;
  const wholeMs = Date.parse(`${parts[1]}${parts[3]}`);
  if (Number.isNaN(wholeMs)) return undefined;
  return BigInt(wholeMs) * 1_000_000n + BigInt((parts[2] ?? "").padEnd(9, "0"));
}
