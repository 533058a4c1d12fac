/**
 * Joins a HEADERS frame with its CONTINUATION frames. Nothing may come between them (RFC 9113 section 4.3), and both
 * their number and their total size are bounded: an endless run was the attack of 2024.
 */
import type { WireLimits } from "./limits.ts";

/** A field section that is not yet whole. */
export class HeaderAssembly {
  readonly id: number;
  readonly endStream: boolean;
  readonly startedMs: number;
  readonly #parts: Uint8Array[];
  #sizeBytes: number;

  constructor(start: { id: number; endStream: boolean; startedMs: number; part: Uint8Array }) {
    this.id = start.id;
    this.endStream = start.endStream;
    this.startedMs = start.startedMs;
    this.#parts = [start.part];
    this.#sizeBytes = start.part.length;
  }

  /** Adds a continuation; false when the section grew beyond the limits. */
  add(part: Uint8Array, limits: WireLimits): boolean {
    this.#parts.push(part);
    this.#sizeBytes += part.length;
    return this.#parts.length - 1 <= limits.continuationCountMax && this.#sizeBytes <= limits.headerBlockSizeMax;
  }

  /** The whole section in one array. */
  join(): Uint8Array {
    const whole = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
