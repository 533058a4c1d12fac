/**
 * Leases: none ends before its time unless somebody revokes it, counting from the last acknowledged renewal, through
 * every crash; none that is over is named, renewed or attached to; and once nobody renews them all of them end, with
 * their keys.
 */
import { textOf } from "../build-request.ts";
import type { AnyCall, Call, History } from "../history.ts";
import type { Authors } from "./check-writes.ts";
import type { KeyModel } from "./key-model.ts";
import { LeaseRecord, leasesOf } from "./leases.ts";
import { endOf, errorOf } from "./outcome.ts";
import type { Timeline } from "./timeline.ts";

/** What leases are checked against. */
export interface LeaseFacts {
  readonly model: KeyModel;
  readonly authors: Authors;
  readonly timeline: Timeline;
  /** Leases with at most so many seconds must be over at the end. */
  readonly shortTtlSeconds: number;
}

/** Seconds a change of leader may add to what is left of a lease, rounded up, and what spreading expiries adds. */
const extensionSeconds = 2;
/** What was told so many sightings after an answer may have happened before it. */
const slackSightings = 50;

/** Checks every lease. */
export function checkLeases(history: History, facts: LeaseFacts): string[] {
  return new LeaseCheck(history, facts).run();
}

class LeaseCheck {
  readonly #history: History;
  readonly #facts: LeaseFacts;
  readonly #leases: Map<bigint, LeaseRecord>;
  readonly #complaints: string[] = [];

  constructor(history: History, facts: LeaseFacts) {
    this.#history = history;
    this.#facts = facts;
    this.#leases = leasesOf(history, facts.authors.authors);
  }

  run(): string[] {
    for (const told of this.#history.observer.told) {
      if (told.kind !== "events") continue;
      for (const { revision } of told.events) {
        const author = this.#facts.authors.authors.get(revision);
        if (author?.kind === "expiry" && author.isCertain)
          this.#ended(author.lease, { at: told.at, ms: told.ms, by: `revision ${revision}` });
      }
    }
    for (const call of this.#history.calls) this.#judge(call);
    this.#checkEnd();
    return this.#complaints;
  }

  #judge(call: AnyCall): void {
    if (call.kind === "timeToLive") this.#timeToLive(call);
    else if (call.kind === "leases") this.#list(call);
    else if (call.kind === "keepAlive") this.#keepAlive(call);
    else if (call.kind === "grant" && errorOf(call) === "leaseExist")
      this.#complain(call, "was refused, but the lease is new");
    else if (call.kind === "put" || call.kind === "txn") this.#attach(call);
  }

  #timeToLive(call: Call<"timeToLive">): void {
    const { response } = call;
    if (response === undefined) return;
    const lease = this.#lease(response.id);
    if (response.ttl < 0) {
      if (lease.grantedBefore(call.calledAt))
        this.#ended(response.id, { at: call.returnedAt, ms: call.returnedMs, by: nameOf(call) });
      return;
    }
    if (lease.overBefore(call.calledAt)) this.#complain(call, "names a lease that was over");
    const leastSeconds = Math.floor((lease.livesUntilMs(call.calledAt) - call.returnedMs) / 1000);
    if (response.ttl < leastSeconds || response.ttl > response.grantedTtl + extensionSeconds) {
      this.#complain(
        call,
        `says ${response.ttl} of ${response.grantedTtl} s are left, expected at least ${leastSeconds}`,
      );
    }
    const keys = response.keys.map(textOf).join();
    if (!this.#mayHold(call, keys)) this.#complain(call, `names keys ${keys}, which it did not hold at the time`);
  }

  /** The leader names the keys, and whoever was asked the revision: keys may be of any moment during the call. */
  #mayHold({ calledAt, returnedAt, request }: Call<"timeToLive">, keys: string): boolean {
    const { model, timeline } = this.#facts;
    for (let revision = timeline.seenBefore(calledAt); revision <= model.latest; revision++) {
      const held = [...model.at(revision).values()].filter(({ lease }) => lease === request.id);
      if (held.map(({ key }) => key).join() === keys) return true;
      if (timeline.firstSeen(revision) > returnedAt + slackSightings) return false;
    }
    return false;
  }

  #list(call: Call<"leases">): void {
    if (call.response === undefined) return;
    const ids = new Set(call.response.leases.map(({ id }) => id));
    for (const lease of this.#leases.values()) {
      if (ids.has(lease.id) && lease.overBefore(call.calledAt))
        this.#complain(call, `names lease ${lease.id}, which was over`);
      if (ids.has(lease.id) || !lease.grantedBefore(call.calledAt)) continue;
      this.#ended(lease.id, { at: call.returnedAt, ms: call.returnedMs, by: nameOf(call) });
    }
  }

  #keepAlive(call: Call<"keepAlive">): void {
    if (call.response === undefined) return;
    const lease = this.#lease(call.request.id);
    if (call.response.ttl > 0) {
      if (lease.overBefore(call.calledAt)) this.#complain(call, "renewed a lease that was over");
    } else if (lease.grantedBefore(call.calledAt)) {
      this.#ended(lease.id, { at: call.returnedAt, ms: call.returnedMs, by: nameOf(call) });
    }
  }

  /** A put that was done needs a lease that was there; one that was refused, one that was perhaps not. */
  #attach(call: Call<"put"> | Call<"txn">): void {
    if (errorOf(call) === "leaseNotFound" && call.kind === "put") {
      const lease = this.#lease(call.request.lease);
      if (lease.grantedBefore(call.calledAt))
        this.#ended(lease.id, { at: call.returnedAt, ms: call.returnedMs, by: nameOf(call) });
    }
    if (endOf(call) !== "done" || call.kind !== "put" || call.request.lease === 0n) return;
    const lease = this.#lease(call.request.lease);
    if (!lease.askedForBefore(call.returnedAt)) this.#complain(call, "was done with a lease that nobody granted");
    if (lease.overBefore(call.calledAt)) this.#complain(call, "was done with a lease that was over");
  }

  /** A lease was seen to be over: was that too early? */
  #ended(id: bigint, seen: { at: number; ms: number; by: string }): void {
    const lease = this.#lease(id);
    if (lease.maybeRevokedBefore(seen.at)) return;
    const untilMs = lease.livesUntilMs(seen.at);
    if (seen.ms >= untilMs) return;
    this.#complaints.push(
      `lease ${id} is over at ${seen.ms.toFixed(0)} ms by ${seen.by}, but lives until ${untilMs.toFixed(0)} ms`,
    );
  }

  #checkEnd(): void {
    const { model, shortTtlSeconds } = this.#facts;
    for (const { key, lease } of model.at(model.latest).values()) {
      if ((this.#lease(lease).ttl ?? Number.POSITIVE_INFINITY) > shortTtlSeconds) continue;
      this.#complaints.push(`key ${key} outlived its lease ${lease}`);
    }
  }

  #lease(id: bigint): LeaseRecord {
    return this.#leases.get(id) ?? new LeaseRecord(id);
  }

  #complain(call: AnyCall, text: string): void {
    this.#complaints.push(`${nameOf(call)} ${text}`);
  }
}

function nameOf(call: AnyCall): string {
  return `${call.kind} of step ${call.step}`;
}
