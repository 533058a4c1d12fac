/** Draws a schedule from a seed: bursts of requests from many clients on a handful of keys, and faults between them. */
import { CompareResult, CompareTarget, FilterType, SortOrder, SortTarget } from "@etcd-ts/proto";
import { SeededRandom } from "@etcd-ts/server/testing";
import type { ForcedStartPlan } from "./forced-start.ts";
import type {
  CallSpec,
  CompareSpec,
  DeleteSpec,
  FaultSpec,
  Plan,
  PutSpec,
  RangeSpec,
  Span,
  Step,
  TxnSpec,
  WatchSpec,
} from "./step.ts";
import { drawV2 } from "./v2-plan.ts";

const keys = ["a", "a/", "a/1", "a/2", "b", "b/x", "c", "d", "e"];
const leaseTtls = [1, 2, 2, 3, 5, 8, 60];
/** Mean time between requests: some schedules are busy, and in some every change has the cluster for itself. */
const meanGapsMs = [50, 100, 200, 400];
const clusterSizes = [1, 1, 3, 3, 3, 3, 3, 3, 5, 7];

/** Settings of a plan; what is left out is drawn. */
export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  /** 0 or left out: drawn, from 1 to 7. */
  readonly machines?: number;
}

/** Draws the plan. */
export function createPlan({ seed, seconds, machines: wanted = 0 }: PlanOptions): Plan {
  const durationMs = seconds * 1000;
  const draw = new Draw(new SeededRandom(seed));
  const machines = wanted > 0 ? wanted : draw.pick(clusterSizes);
  const steps: Step[] = [];
  const add = (atMs: number, what: Step["what"], machine = draw.below(machines)) => {
    const number = steps.length;
    steps.push({ atMs: Math.floor(atMs) + 0.5 + number / 1e6, number, machine, what });
  };
  for (let i = 0; i < 4; i++) add(draw.below(durationMs / 2), draw.watch());
  const meanGapMs = draw.pick(meanGapsMs);
  for (let atMs = 0; atMs < durationMs; atMs += 1 + draw.below(2 * meanGapMs)) {
    const burst = draw.oneIn(6) ? 1 + draw.below(12) : 1;
    for (let i = 0; i < burst; i++) add(atMs + draw.below(3), draw.call());
  }
  for (let i = draw.below(4); i > 0; i--) add(draw.below(durationMs), draw.watch());
  for (let i = draw.below(6); i > 0; i--) add(draw.below(durationMs), { kind: "progress" });
  const faults = 1 + draw.below(Math.max(1, Math.floor(seconds / 3)));
  for (let i = 0; i < faults; i++) {
    const fault = draw.fault();
    const atMs = draw.below(durationMs);
    const machine = draw.below(machines);
    add(atMs, fault, machine);
    // While syncs are slow, much is under way that a power cut can take.
    if (fault.kind === "slowDisk")
      add(atMs + draw.below(Math.min(fault.forMs, durationMs - atMs)), draw.powerCut(), machine);
  }
  const clusterFaults = machines === 1 ? 0 : draw.below(Math.max(2, Math.floor(seconds / 4)));
  for (let i = 0; i < clusterFaults; i++) add(draw.below(durationMs), draw.clusterFault(machines));
  const founders = machines > 2 && draw.oneIn(4) ? 1 + draw.below(machines) : machines;
  for (let index = founders; index < machines; index++) add(draw.below(durationMs / 2), draw.placing(true), index);
  const changes = machines < 3 ? 0 : draw.below(4);
  for (let i = 0; i < changes; i++) add(draw.below(durationMs), draw.change());
  const snapshotCount = draw.pick([5, 20, 50, 1000]);
  for (const { atMs, what } of drawV2({ seed, durationMs })) add(atMs, what);
  steps.sort((a, b) => a.atMs - b.atMs);
  const v2Dialect = seed % 3 === 0 ? "2.3" : "3.4";
  const ending = drawEnding(new Draw(new SeededRandom(seed * 5 + 7_000_000)), machines);
  return { seed, machines, founders, durationMs, snapshotCount, v2Dialect, ...ending, steps };
}

/** How members start, and whether all but one are lost in the end. */
function drawEnding(draw: Draw, machines: number): Pick<Plan, "tickAdvance" | "forcedStart" | "preVote"> {
  const tickAdvance = draw.oneIn(2);
  const forcedStart: ForcedStartPlan = {
    survivor: draw.below(machines),
    how: draw.pick(["power", "kill", "stop"]),
    cutMs: draw.oneIn(2) ? 200 + draw.below(2500) : 0,
    lastMs: draw.below(8),
  };
  const isForced = machines > 1 && draw.oneIn(6);
  return { tickAdvance, forcedStart: isForced ? forcedStart : undefined, preVote: !draw.oneIn(4) };
}

/** Draws the parts. */
class Draw {
  readonly #random: SeededRandom;
  #values = 0;
  #leases = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  below(bound: number): number {
    return this.#random.below(Math.max(1, Math.floor(bound)));
  }

  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  call(): CallSpec {
    const dice = this.below(100);
    if (dice < 32) return this.#put();
    if (dice < 40) return this.#delete();
    if (dice < 56) return this.#txn(2);
    if (dice < 76) return this.#range();
    if (dice < 79) return { kind: "compact", back: this.below(30) - 1, physical: this.oneIn(2) };
    if (dice < 84) return { kind: "grant", lease: ++this.#leases, ttl: this.pick(leaseTtls) };
    if (dice < 86) return { kind: "revoke", lease: this.#lease() };
    if (dice < 91) return { kind: "keepAlive", lease: this.#lease() };
    if (dice < 94) return { kind: "timeToLive", lease: this.#lease() };
    if (dice < 95) return { kind: "leases" };
    if (dice < 98) return { kind: "hashKv", back: this.below(5) };
    return this.oneIn(3) ? { kind: "defragment" } : this.#put();
  }

  watch(): WatchSpec {
    return {
      kind: "watch",
      ...this.#span(),
      back: this.oneIn(2) ? undefined : this.below(40) - 6,
      prevKv: this.oneIn(2),
      filters: this.oneIn(5) ? [this.pick(Object.values(FilterType))] : [],
      progressNotify: this.oneIn(2),
      slow: this.oneIn(4) ? 1 + this.below(4) : 0,
    };
  }

  fault(): FaultSpec {
    const dice = this.below(100);
    if (dice < 25) return this.powerCut();
    if (dice < 45) return { kind: "crash", how: "kill", downMs: this.#down() };
    if (dice < 55) return { kind: "crash", how: "stop", downMs: this.#down() };
    if (dice < 75) return { kind: "cutAfter", operations: 1 + this.below(40) };
    if (dice < 82) return { kind: "pause", forMs: 50 + this.below(4000) };
    if (dice < 90) return { kind: "slowDisk", delayMs: 5 + this.below(400), forMs: 200 + this.below(4000) };
    if (dice < 95) return { kind: "fullDisk", forMs: 200 + this.below(2000) };
    return { kind: "jump", byMs: this.below(20_000) - 10_000 };
  }

  powerCut(): FaultSpec {
    return { kind: "crash", how: "power", downMs: this.#down() };
  }

  clusterFault(machines: number): FaultSpec {
    const dice = this.below(100);
    const forMs = 200 + this.below(6000);
    if (dice < 15) return { kind: "moveLeader", to: this.below(machines) };
    if (dice < 45) {
      const weather = {
        lossShare: this.pick([0, 20, 200, 500]),
        duplicateShare: this.pick([0, 100]),
        delayMs: this.pick([0, 20, 300]),
      };
      return { kind: "weather", weather, forMs };
    }
    return { kind: "partition", links: this.#links(machines), forMs };
  }

  change(): FaultSpec {
    return this.oneIn(4) ? { kind: "damage", asLearner: this.oneIn(2) } : this.placing(!this.oneIn(4));
  }

  placing(stays: boolean): FaultSpec {
    return { kind: "place", stays, asLearner: this.oneIn(2) };
  }

  /** Two sides, in both directions or one, now and then with a machine that hears both. */
  #links(machines: number): [number, number][] {
    const side = Array.from({ length: machines }, () => this.below(2));
    const bridge = this.oneIn(3) ? this.below(machines) : -1;
    const oneWay = this.oneIn(3);
    const links: [number, number][] = [];
    for (let from = 0; from < machines; from++) {
      for (let to = 0; to < machines; to++) {
        if (side[from] === side[to] || from === bridge || to === bridge) continue;
        if (!oneWay || side[from] === 0) links.push([from, to]);
      }
    }
    return links;
  }

  #down(): number {
    return this.oneIn(3) ? 500 + this.below(5000) : this.below(50);
  }

  /** One of the leases granted so far, the late ones more often. */
  #lease(): number {
    return Math.max(1, this.#leases - (this.oneIn(3) ? this.below(this.#leases + 1) : this.below(3)));
  }

  #span(): Span {
    const dice = this.below(10);
    if (dice < 5) return { key: this.pick(keys), end: "" };
    if (dice < 7) return { key: "a", end: "b" };
    if (dice < 8) return { key: this.pick(keys), end: this.pick(keys) };
    return dice < 9 ? { key: this.pick(keys), end: "\0" } : { key: "\0", end: "\0" };
  }

  #put(): PutSpec {
    const ignoreValue = this.oneIn(20);
    const ignoreLease = this.oneIn(20);
    return {
      kind: "put",
      key: this.pick(keys),
      value: ignoreValue ? "" : `v${++this.#values}`,
      lease: !ignoreLease && this.oneIn(3) ? this.#lease() : 0,
      prevKv: this.oneIn(2),
      ignoreValue,
      ignoreLease,
    };
  }

  #delete(): DeleteSpec {
    return { kind: "delete", ...this.#span(), prevKv: this.oneIn(2) };
  }

  #range(): RangeSpec {
    return {
      kind: "range",
      ...this.#span(),
      back: this.oneIn(3) ? this.below(20) - 1 : undefined,
      serializable: this.oneIn(4),
      limit: this.oneIn(5) ? 1 + this.below(3) : 0,
      countOnly: this.oneIn(8),
      keysOnly: this.oneIn(8),
      sortOrder: this.oneIn(5) ? this.pick(Object.values(SortOrder)) : SortOrder.NONE,
      sortTarget: this.oneIn(5) ? this.pick(Object.values(SortTarget)) : SortTarget.KEY,
    };
  }

  #txn(depth: number): TxnSpec {
    const branch = () => Array.from({ length: this.below(4) }, () => this.#operation(depth));
    const compare = Array.from({ length: this.below(3) }, () => this.#compare());
    return { kind: "txn", compare, success: branch(), failure: branch() };
  }

  #operation(depth: number): PutSpec | DeleteSpec | RangeSpec | TxnSpec {
    const dice = this.below(10);
    if (dice < 5) return this.#put();
    if (dice < 7) return this.#delete();
    return dice < 9 || depth === 0 ? this.#range() : this.#txn(depth - 1);
  }

  #compare(): CompareSpec {
    const target = this.pick(Object.values(CompareTarget));
    return {
      ...(this.oneIn(4) ? this.#span() : { key: this.pick(keys), end: "" }),
      target,
      result: this.pick(Object.values(CompareResult)),
      number: target === CompareTarget.VERSION ? this.below(4) : this.below(8),
      value: `v${this.below(this.#values + 1)}`,
    };
  }
}
