/** What is known of each lease at each moment: what was asked for, what was acknowledged, and how long it must live. */
import type { Call, History } from "../history.ts";
import type { Author } from "./check-writes.ts";
import { endOf } from "./outcome.ts";

/** One lease over the whole history. */
export class LeaseRecord {
  readonly id: bigint;
  readonly #grants: Call<"grant">[] = [];
  readonly #revokes: Call<"revoke">[] = [];
  readonly #renewals: Call<"keepAlive">[] = [];
  /** When its expiry was first told, if it was. */
  expiredAt = Number.POSITIVE_INFINITY;

  constructor(id: bigint) {
    this.id = id;
  }

  add(call: Call<"grant"> | Call<"revoke"> | Call<"keepAlive">): void {
    if (call.kind === "grant") this.#grants.push(call);
    else if (call.kind === "revoke") this.#revokes.push(call);
    else if (call.response !== undefined && call.response.ttl > 0) this.#renewals.push(call);
  }

  /** Granted time to live in seconds; undefined when no grant was acknowledged. */
  get ttl(): number | undefined {
    return this.#grants.find((call) => endOf(call) === "done")?.response?.ttl;
  }

  /** Whether it was certainly there at a moment, leaving out that it may have ended. */
  grantedBefore(at: number): boolean {
    return this.#grants.some((call) => endOf(call) === "done" && call.returnedAt < at);
  }

  /** Whether it can have been there before a moment. */
  askedForBefore(at: number): boolean {
    return this.#grants.some((call) => endOf(call) !== "refused" && call.calledAt < at);
  }

  /** Whether somebody may have revoked it before a moment. */
  maybeRevokedBefore(at: number): boolean {
    return this.#revokes.some((call) => endOf(call) !== "refused" && call.calledAt < at);
  }

  /** Whether it was certainly over before a moment. */
  overBefore(at: number): boolean {
    return this.expiredAt < at || this.#revokes.some((call) => endOf(call) === "done" && call.returnedAt < at);
  }

  /** Until when it must live, in milliseconds, by what was called before a moment and acknowledged. */
  livesUntilMs(calledBefore = Number.POSITIVE_INFINITY): number {
    const granted = this.#grants
      .filter((call) => endOf(call) !== "refused")
      .map((call) => call.calledMs + call.request.ttl * 1000);
    const renewed = this.#renewals
      .filter((call) => call.returnedAt < calledBefore)
      .map((call) => call.calledMs + call.response!.ttl * 1000);
    return Math.max(0, ...granted, ...renewed);
  }
}

/** The leases of a history by id. */
export function leasesOf(history: History, authors: ReadonlyMap<number, Author>): Map<bigint, LeaseRecord> {
  const leases = new Map<bigint, LeaseRecord>();
  const lease = (id: bigint): LeaseRecord => {
    const record = leases.get(id) ?? new LeaseRecord(id);
    leases.set(id, record);
    return record;
  };
  for (const call of history.calls) {
    if (call.kind === "grant" || call.kind === "revoke" || call.kind === "keepAlive") lease(call.request.id).add(call);
  }
  for (const told of history.observer.told) {
    if (told.kind !== "events") continue;
    for (const { revision } of told.events) {
      const author = authors.get(revision);
      if (author?.kind === "expiry" && author.isCertain) lease(author.lease).expiredAt = told.at;
    }
  }
  return leases;
}
