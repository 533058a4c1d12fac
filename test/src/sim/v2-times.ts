/**
 * Times to live of the v2 tree neither stretch nor shrink. The end of a node's time is a moment of the calendar of
 * whichever member took the request; nodes end by the leader's calendar, through the log. So
 *
 * - the end that a node was given is its member's time of day plus what was asked for;
 * - no node ends before anybody's calendar has come that far;
 * - once a leader has led for an election timeout beyond the end, and could commit in that time, nothing that goes
 *   through the log finds the node any more.
 */
import { show } from "./model/answers.ts";
import type { V2Call, V2EventJson, V2History, V2Sample } from "./v2-history.ts";
import { isLogged } from "./v2-log.ts";
import type { V2Model } from "./v2-model.ts";

/** Looks at calendars round to whole milliseconds. */
const roundingMs = 2;
/** So long a leader may take to propose an end that it could have proposed: half an election timeout. */
const proposeMs = 500;
/** A node may be there so long after its end, while nothing is wrong. */
const overdueMs = 2_000;

/** One leader with one calendar, for as long as looks at it find it so. */
interface Reign {
  readonly key: string;
  readonly offsetMs: number;
  readonly fromMs: number;
  toMs: number;
  /** Calls through the log that were answered within it, in the order they were made. */
  readonly calls: V2Call[];
}

/** The checks. */
export class V2Times {
  readonly complaints: string[] = [];
  readonly #beginMs: number;
  readonly #reigns: Reign[] = [];
  readonly #reignOf = new Map<V2Call, Reign>();
  readonly #samples: readonly V2Sample[];
  /** When a node that ends was first known to have been given its end: the request for it may have come late into the log. */
  readonly #givenMs = new Map<string, number>();
  /** Looks at which some calendar was further ahead than before. */
  readonly #ahead: { readonly ms: number; readonly offsetMs: number }[] = [];

  constructor(history: V2History) {
    this.#beginMs = history.beginMs;
    this.#samples = history.samples;
    for (const sample of history.samples) {
      const { offsetMs, ms } = sample;
      if (offsetMs > (this.#ahead.at(-1)?.offsetMs ?? 0)) this.#ahead.push({ ms, offsetMs });
    }
    this.#collectReigns();
    this.#assign(history.calls);
  }

  /** The end of the node that an event made or changed is what its author asked for. */
  checkGiven(event: V2EventJson, told: Told): void {
    const { node } = event;
    if (node?.expiration !== undefined) this.#givenMs.set(`${node.key} ${node.expiration}`, told.knownMs);
    const problem = endProblem(event, told);
    if (problem !== undefined) this.#complain(told.author, problem);
  }

  /** A node ends no sooner than its time. */
  checkExpired({ node, prevNode }: V2EventJson, { index, knownMs }: { index: number; knownMs: number }): void {
    const endMs = Date.parse(prevNode?.expiration ?? "");
    if (Number.isNaN(endMs)) return void this.complaints.push(`v2: event ${index} ends ${node?.key}, which has no end`);
    const ahead = this.#ahead.filter(({ ms }) => ms <= knownMs + 100).at(-1)?.offsetMs ?? 0;
    const latestMs = this.#beginMs + knownMs + ahead;
    if (endMs > latestMs + roundingMs) {
      this.complaints.push(
        `v2: ${node?.key} ended ${endMs - latestMs} ms before its time, ${prevNode?.expiration}, at index ${index}`,
      );
    }
  }

  /** Nothing that goes through the log finds a node whose end a leader should have proposed long before. */
  checkPresent(model: V2Model, call: V2Call): void {
    const reign = this.#reignOf.get(call);
    if (reign === undefined) return;
    const provenMs = this.#provenMs(reign, call);
    for (const [key, { expiration }] of model.nodes) {
      if (expiration === "") continue;
      const endMs = Date.parse(expiration) - this.#beginMs - reign.offsetMs;
      const givenMs = this.#givenMs.get(`${key} ${expiration}`) ?? 0;
      if (Math.max(endMs, givenMs, reign.fromMs) + roundingMs >= provenMs) continue;
      this.#complain(call, `${key} is still there ${call.calledMs - endMs} ms after its end, ${expiration}`);
    }
  }

  /** In a quiet cluster no tree holds nodes beyond their time. */
  checkQuiet({ dumps }: V2History): void {
    for (const { calm, machine, ms, root } of dumps) {
      if (!calm || root === undefined) continue;
      const behind = Math.min(
        0,
        ...this.#samples.filter((one) => one.ms > ms - 200 && one.ms <= ms).map((one) => one.offsetMs),
      );
      const latestMs = this.#beginMs + ms + behind - overdueMs;
      const text = show(root);
      for (const [, end] of text.matchAll(/"ExpireTime":"([^"]+)"/g)) {
        const endMs = Date.parse(end!);
        if (endMs > 0 && endMs < latestMs)
          this.complaints.push(`v2: member ${machine} still holds at ${ms} ms what ended at ${end}`);
      }
    }
  }

  #collectReigns(): void {
    for (const { machine, life, term, offsetMs, ms } of this.#leaders()) {
      const key = `${machine}/${life}/${term}/${offsetMs}`;
      const last = this.#reigns.at(-1);
      if (last?.key === key) last.toMs = ms;
      else this.#reigns.push({ key, offsetMs, fromMs: ms, toMs: ms, calls: [] });
    }
  }

  /** The leader of the highest term at each look. */
  #leaders(): V2Sample[] {
    const leaders: V2Sample[] = [];
    for (const sample of this.#samples) {
      if (!sample.leads) continue;
      const last = leaders.at(-1);
      if (last?.at !== sample.at) leaders.push(sample);
      else if (last.term < sample.term) leaders[leaders.length - 1] = sample;
    }
    return leaders;
  }

  #assign(calls: readonly V2Call[]): void {
    for (const call of calls) {
      if (!isLogged(call) || (call.index ?? 0) === 0) continue;
      const reign = this.#reigns.find(({ fromMs, toMs }) => fromMs <= call.calledMs && call.returnedMs <= toMs);
      if (reign === undefined) continue;
      reign.calls.push(call);
      this.#reignOf.set(call, reign);
    }
  }

  /** A moment of the reign from which on everything proposed must be in the log before the call: a call was made there and answered in time. */
  #provenMs({ calls }: Reign, call: V2Call): number {
    let provenMs = Number.NEGATIVE_INFINITY;
    for (const other of calls) {
      if (other.returnedMs <= call.calledMs - proposeMs - roundingMs) provenMs = Math.max(provenMs, other.calledMs);
    }
    return provenMs;
  }

  #complain({ step, machine, asked, calledMs }: V2Call, text: string): void {
    this.complaints.push(`v2: step ${step} at ${calledMs} ms on ${machine}, ${asked.method} ${asked.key}: ${text}`);
  }
}

/** An event's author, and when it was known. */
interface Told {
  readonly author: V2Call;
  readonly knownMs: number;
}

/** Why the end of an event's node is not what its author asked for; undefined when it is. */
export function endProblem({ node }: V2EventJson, { author, knownMs }: Told): string | undefined {
  const { form, method } = author.asked;
  const end = node?.expiration;
  if (form["ttl"] === undefined || method === "DELETE")
    return end === undefined ? undefined : `its node ends at ${end}, though it asked for no end`;
  if (end === undefined) return "its node has no end";
  const takenMs = Date.parse(end) - Number(form["ttl"]) * 1000;
  const elapsedMs = Math.min(author.returnedMs, knownMs) - author.calledMs;
  const latestMs = author.calledWallMs + elapsedMs;
  // The calendar may have jumped while the request was on its way.
  const jumpMs = Math.abs(author.returnedWallMs - author.calledWallMs - (author.returnedMs - author.calledMs));
  const isInTime = takenMs >= author.calledWallMs - roundingMs && takenMs <= latestMs + roundingMs;
  if (jumpMs > roundingMs || isInTime) return undefined;
  return `its node ends at ${end}, but it was asked for between ${author.calledWallMs} and ${latestMs}`;
}
