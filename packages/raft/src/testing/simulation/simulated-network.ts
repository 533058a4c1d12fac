// A network that loses, duplicates, delays and reorders messages, and can be cut in two.

import type { Message } from "../../message.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** More than this many messages are not kept: the oldest are lost. */
const maxQueued = 150;

/** The messages under way in one simulated group. */
export class SimulatedNetwork {
  readonly #random: SeededRandom;
  readonly #onLost: (message: Message) => void;
  #queue: Message[] = [];
  #side: ReadonlySet<bigint> = new Set();

  constructor(random: SeededRandom, onLost: (message: Message) => void) {
    this.#random = random;
    this.#onLost = onLost;
  }

  get size(): number {
    return this.#queue.length;
  }

  send(message: Message): void {
    if (!this.#connects(message)) {
      this.#onLost(message);
      return;
    }
    this.#queue.push(message);
    if (this.#queue.length > maxQueued) this.#onLost(this.#queue.shift()!);
  }

  /** Cuts some nodes off from the others; an empty set heals the cut. */
  cut(side: ReadonlySet<bigint>): void {
    this.#side = side;
    const queue = this.#queue;
    this.#queue = queue.filter((message) => this.#connects(message));
    for (const message of queue) if (!this.#connects(message)) this.#onLost(message);
  }

  /** Takes one message: mostly an early one, sometimes any; sometimes it stays to arrive again. */
  take({ faulty }: { faulty: boolean }): Message | undefined {
    if (this.#queue.length === 0) return undefined;
    const at = faulty && this.#random.percent(30) ? this.#random.below(this.#queue.length) : 0;
    const message = this.#queue[at];
    if (!faulty || !this.#random.percent(4)) this.#queue.splice(at, 1);
    return message;
  }

  /** Loses one message. */
  lose(): void {
    for (const message of this.#queue.splice(this.#random.below(this.#queue.length), 1)) this.#onLost(message);
  }

  #connects({ from, to }: Message): boolean {
    return this.#side.has(from) === this.#side.has(to);
  }
}
