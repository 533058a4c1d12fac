/**
 * The leader's part of TTLs of v2: while anything waits to expire it proposes `SYNC` with its time, and every member expires the
 * same nodes at that entry. Time is looked at here only.
 *
 * Bound: one proposal each `intervalMs`, as in etcd, and none while the one before is still on its way. What was on its way when
 * leadership was lost may be lost with it, and nobody waits for that: who leads again proposes anew.
 */
import { Request } from "@etcd-ts/proto";
import type { Clock, Timer } from "../ports/index.ts";
import { nanosOf, type V2Store, v2Methods } from "../v2/index.ts";

const intervalMs = 500;

/** What expiring v2 nodes needs of the member. */
export interface V2ExpiryParts {
  readonly clock: Clock;
  readonly v2: Pick<V2Store, "hasTtlKeys">;
  propose(request: Request, done: () => void): void;
}

export class V2Expiry {
  readonly #parts: V2ExpiryParts;
  #timer: Timer | undefined;
  /** The proposal on its way. */
  #proposed: Request | undefined;

  constructor(parts: V2ExpiryParts) {
    this.#parts = parts;
  }

  /** Begins when this member leads; called again while it leads it changes nothing. */
  lead(): void {
    this.#timer ??= this.#parts.clock.setTimer(intervalMs, () => this.#round());
  }

  /** Ends when leadership is lost, and at stop. */
  follow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#proposed = undefined;
  }

  #round(): void {
    const { clock, v2, propose } = this.#parts;
    this.#timer = clock.setTimer(intervalMs, () => this.#round());
    if (this.#proposed !== undefined || !v2.hasTtlKeys) return;
    const request = Request.create({ method: v2Methods.sync, time: nanosOf(clock.wallMs()) });
    this.#proposed = request;
    propose(request, () => {
      if (this.#proposed === request) this.#proposed = undefined;
    });
  }
}
