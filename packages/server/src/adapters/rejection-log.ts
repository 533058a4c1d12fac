/**
 * Tells of connections that were refused: once for every source and reason, and again, with their number, when it goes on
 * after a while. A member with a wrong certificate tries several times a second for as long as it lives.
 *
 * Bound: `sourcesMax` pairs are remembered, the one told longest ago is forgotten first.
 */
import type { Clock, LogFields, Logger } from "../ports/index.ts";

const tellAgainMs = 60_000;
const sourcesMax = 256;

/** One refused connection. */
export interface Rejection {
  /** IP address, without the port. */
  readonly source: string;
  readonly reason: string;
}

export class RejectionLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  /** In the order of `toldMs`. */
  readonly #told = new Map<string, { readonly toldMs: number; unsaid: number }>();

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Warns of a refused connection, unless that was said of its like not long ago. */
  warn(message: string, { source, reason }: Rejection, fields: LogFields): void {
    const key = `${source} ${reason}`;
    const nowMs = this.#clock.nowMs();
    const before = this.#told.get(key);
    if (before !== undefined && nowMs - before.toldMs < tellAgainMs) {
      before.unsaid++;
      return;
    }
    this.#told.delete(key);
    if (this.#told.size >= sourcesMax) this.#told.delete(this.#told.keys().next().value!);
    this.#told.set(key, { toldMs: nowMs, unsaid: 0 });
    const unsaid = before?.unsaid ?? 0;
    this.#log.warn(message, unsaid === 0 ? fields : { ...fields, "rejected-before": unsaid });
  }
}
