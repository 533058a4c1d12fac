/**
 * The `grpc-timeout` field: at most eight digits and a unit, `TimeoutValue TimeoutUnit` of gRPC over HTTP2.
 */
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of the field's text, or undefined when it is malformed. */
export function parseTimeout(text: string): number | undefined {
  const unit = unitMs[text.slice(-1)];
  const digits = text.slice(0, -1);
  if (unit === undefined || !/^[0-9]{1,8}$/.test(digits)) return undefined;
  return Number(digits) * unit;
}

/** Text for a timeout, in the finest unit that fits eight digits, rounded up. */
export function formatTimeout(timeoutMs: number): string {
  if (timeoutMs <= 0) return "1n";
  for (const unit of ["u", "m", "S", "M"]) {
    const count = Math.ceil(timeoutMs / unitMs[unit]!);
    if (count < 1e8) return `${count}${unit}`;
  }
  return `${Math.min(99_999_999, Math.ceil(timeoutMs / unitMs["H"]!))}H`;
}
