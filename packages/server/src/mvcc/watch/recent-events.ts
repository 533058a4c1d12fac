/**
 * The events that watchers may still be waiting for, oldest first. Bounded in number and bytes: what falls out is dropped,
 * and whoever waited for it reads the history instead. So slow watchers together never hold more memory than this.
 */
import type { SharedEvent } from "./shared-event.ts";

const EVENTS_MAX = 65_536;
const BYTES_MAX = 16 * 1024 * 1024;

/** A bounded queue of shared events. */
export class RecentEvents {
  #events: SharedEvent[] = [];
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;

  add(event: SharedEvent): void {
    const size = event.sizeBytes;
    this.#events.push(event);
    this.#sizes.push(size);
    this.#bytes += size;
    while (this.#bytes > BYTES_MAX || this.#events.length - this.#head > EVENTS_MAX) this.#evictOldest();
  }

  /** Nobody waits any more. */
  clear(): void {
    if (this.#events.length === 0) return;
    this.#events = [];
    this.#sizes = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  #evictOldest(): void {
    this.#events[this.#head]!.evict();
    this.#bytes -= this.#sizes[this.#head]!;
    this.#head++;
    if (this.#head < EVENTS_MAX) return;
    this.#events = this.#events.slice(this.#head);
    this.#sizes = this.#sizes.slice(this.#head);
    this.#head = 0;
  }
}
