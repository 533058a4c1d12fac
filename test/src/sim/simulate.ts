/**
 * Runs one schedule: machines, clients and watches on one clock; then heals everything, lets leases run out, reads the
 * state, restarts in order and reads it again. Answers what clients saw, for the checkers.
 */
import { services } from "@etcd-ts/proto";
import type { Member, MemberOptions } from "@etcd-ts/server";
import { Clients } from "./clients.ts";
import { ForcedStart, type ForcedStartPlan } from "./forced-start.ts";
import type { History, WatchLog } from "./history.ts";
import { type Life, Machine, type Mutation } from "./machine.ts";
import { Network } from "./network.ts";
import { Operator } from "./operator.ts";
import type { Pulse } from "./pulse.ts";
import type { CallSpec, Plan, RangeSpec, Step, WatchSpec } from "./step.ts";
import type { V2History } from "./v2-history.ts";
import { V2Simulation } from "./v2-simulation.ts";
import { WatchClient } from "./watch-client.ts";
import { World } from "./world.ts";

/** Longest time a healed member may need to serve again. */
const recoveryMs = 20_000;
/** Longest time an operator may need for one change in a healed cluster. */
const placingMs = 60_000;
/** Leases of at most so many seconds have run out when the schedule is over. */
export const shortTtlSeconds = 8;

const wholeSpan = { key: "\0", end: "\0" } as const;
const readAll: RangeSpec = {
  kind: "range",
  ...wholeSpan,
  serializable: false,
  limit: 0,
  countOnly: false,
  keysOnly: false,
  sortOrder: 0,
  sortTarget: 0,
};
const watchAll: WatchSpec = { kind: "watch", ...wholeSpan, prevKv: true, filters: [], progressNotify: false, slow: 0 };

/** What a schedule came to. */
export interface Outcome {
  readonly history: History;
  readonly v2: V2History;
  /** What was wrong already while it ran. */
  readonly complaints: readonly string[];
  /** When the last lease could still be renewed. */
  readonly lastCallMs: number;
  readonly events: number;
  readonly lives: number;
}

/** What a schedule may be run with. */
export interface SimulationParts {
  /** Makes the members wrong on purpose. */
  readonly mutation?: Mutation | undefined;
  /** Beats with each event. */
  readonly pulse?: Pulse | undefined;
}

/** Runs a schedule. */
export function simulate(plan: Plan, parts: SimulationParts = {}): Promise<Outcome> {
  return new Simulation(plan, parts).run();
}

class Simulation {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #complaints: string[] = [];
  readonly #history: History = { calls: [], observer: logOf(-1, watchAll), watches: [] };
  readonly #clients: Clients;
  readonly #network: Network;
  readonly #machines: Machine[];
  readonly #operator: Operator;
  readonly #v2: V2Simulation;
  readonly #watches: { client: WatchClient; machine: number }[] = [];
  #lastCallMs = 0;

  constructor(plan: Plan, { mutation, pulse }: SimulationParts) {
    this.#plan = plan;
    this.#world = new World(pulse);
    this.#network = new Network(this.#world, plan.seed);
    this.#clients = new Clients(this.#world, this.#history);
    this.#machines = Array.from({ length: plan.machines }, (_, index) => {
      return new Machine({
        world: this.#world,
        network: this.#network,
        index,
        seed: plan.seed * 16 + index,
        options: index < plan.founders ? memberOptions(plan, index) : undefined,
        v2Dialect: plan.v2Dialect,
        mutation,
        onServing: (life) => this.#serving(index, life),
        onEnd: () => this.#ended(index),
        onRemoved: () => {
          if (!this.#operator.removes(index)) this.#complain(`member ${index} was removed, though nobody asked for it`);
        },
        onComplaint: (text) => this.#complain(text),
      });
    });
    this.#operator = new Operator({
      world: this.#world,
      machines: this.#machines,
      options: (index, initialCluster) => {
        return { ...memberOptions(plan, index), initialCluster, initialClusterState: "existing" };
      },
    });
    this.#v2 = new V2Simulation({ world: this.#world, machines: this.#machines, dialect: plan.v2Dialect });
    this.#addWatch(watchAll, { machine: 0, log: this.#history.observer, from: 1 });
  }

  async run(): Promise<Outcome> {
    const { clock } = this.#world;
    for (const machine of this.#machines) machine.start();
    for (const step of this.#plan.steps) clock.setTimer(step.atMs, () => this.#do(step));
    try {
      await this.#world.runUntil(this.#plan.durationMs);
      await this.#conclude();
    } catch (error) {
      this.#complain(`the simulation ended: ${error instanceof Error ? error.stack : String(error)}`);
    }
    const lives = this.#machines.reduce((sum, machine) => sum + machine.lives, 0);
    const { eventCount: events } = this.#world;
    const { history, complaints } = { history: this.#history, complaints: this.#complaints };
    return { history, v2: this.#v2.history, complaints, lastCallMs: this.#lastCallMs, events, lives };
  }

  async #conclude(): Promise<void> {
    this.#network.heal();
    for (const machine of this.#machines) {
      machine.heal();
      machine.start();
    }
    await this.#placeEverybody();
    if (!(await this.#recovered())) return this.#complain("somebody does not serve although everything was healed");
    this.#lastCallMs = this.#world.clock.nowMs();
    const isQuiet = () => this.#serve() && this.#shortLeases() === 0 && this.#v2.overdue() === 0;
    await this.#holds(isQuiet, shortTtlSeconds * 1000 + 2 * recoveryMs);
    await this.#readEverything();
    for (const machine of this.#machines) machine.crash("stop", 0);
    await this.#pass(100);
    if (!(await this.#recovered())) return this.#complain("somebody does not serve after an orderly restart");
    await this.#readEverything();
    if (this.#plan.forcedStart !== undefined) await this.#forceStart(this.#plan.forcedStart);
  }

  /** Loses all machines but one, and builds the cluster up again around it. */
  async #forceStart(plan: ForcedStartPlan): Promise<void> {
    const forced = new ForcedStart(
      {
        world: this.#world,
        machines: this.#machines,
        network: this.#network,
        clients: this.#clients,
        history: this.#history,
        v2: this.#v2,
        readAll,
        holds: (condition) => this.#holds(condition, recoveryMs),
        pass: (ms) => this.#pass(ms),
        rewind: (revision) => {
          for (const { client } of this.#watches) client.rewind(revision);
        },
        complain: (text) => this.#complain(text),
      },
      plan,
    );
    if (!(await forced.run())) return;
    await this.#placeEverybody();
    if (!(await this.#recovered())) return this.#complain("somebody does not serve after a forced start");
    await forced.load(20);
    await this.#pass(1_000);
    await this.#readEverything();
  }

  /** Ends the operator's job, and gives machines a place that have none: each has watches that wait. */
  async #placeEverybody(): Promise<void> {
    for (const [index, machine] of this.#machines.entries()) {
      if (!(await this.#holds(() => !this.#operator.busy, placingMs))) break;
      if (!machine.wanted) this.#operator.place(index, { stays: true, asLearner: index % 2 === 0 });
    }
    if (!(await this.#holds(() => !this.#operator.busy, placingMs))) this.#complain("a change of members never ended");
  }

  async #readEverything(): Promise<void> {
    const leases = this.#history.calls.filter(({ kind }) => kind === "grant").length;
    const calls: CallSpec[] = [readAll, { kind: "hashKv", back: 0 }, { kind: "leases" }];
    for (let lease = 1; lease <= leases; lease++) calls.push({ kind: "timeToLive", lease });
    for (const index of this.#machines.keys()) for (const call of calls) this.#send(call, { machine: index, step: -1 });
    this.#v2.readEverything();
    await this.#pass(1000);
    this.#v2.dumpEverything(true);
    if (this.#clients.observed < this.#clients.latest) {
      this.#complain(`the observer was told up to ${this.#clients.observed}, but ${this.#clients.latest} was seen`);
    }
  }

  #recovered(): Promise<boolean> {
    return this.#holds(() => this.#serve(), recoveryMs);
  }

  #serve(): boolean {
    return this.#machines.every((machine) => machine.life?.serving === true);
  }

  /** Waits until something holds. */
  async #holds(condition: () => boolean, patienceMs: number): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 100) {
      if (condition()) return true;
      await this.#pass(100);
    }
    return false;
  }

  /** Leases that must run out, as the members know them. */
  #shortLeases(): number {
    const lessors = this.#machines.flatMap(({ life }) => life?.member?.lessor ?? []);
    const isShort = (lessor: Member["lessor"], id: bigint) =>
      (lessor.timeToLive(id)?.grantedTtl ?? 0) <= shortTtlSeconds;
    return lessors.reduce((sum, lessor) => sum + lessor.leases().filter((id) => isShort(lessor, id)).length, 0);
  }

  #pass(ms: number): Promise<void> {
    return this.#world.runUntil(this.#world.clock.nowMs() + ms);
  }

  #do({ what, machine: index, number }: Step): void {
    const machine = this.#machines[index]!;
    switch (what.kind) {
      case "watch":
        return this.#watch(what, { machine: index, step: number });
      case "progress":
        return this.#each(index, (client) => client.askProgress());
      case "crash":
        return machine.crash(what.how, what.downMs);
      case "cutAfter":
        return machine.cutPowerAfter(what.operations);
      case "pause":
        return machine.pause(what.forMs);
      case "slowDisk":
        return machine.slowDown(what);
      case "fullDisk":
        return machine.fillUp(what.forMs);
      case "partition":
        return this.#network.cut(what.links, what.forMs);
      case "weather":
        return this.#network.change(what.weather, what.forMs);
      case "moveLeader":
        return this.#moveLeader(what.to);
      case "place":
        // The observer stays: it sees everything from the first revision on.
        return this.#operator.place(index, { ...what, stays: what.stays || index === 0 });
      case "damage":
        return this.#operator.damage(index, { ...what, stays: true });
      case "jump":
        machine.life?.clock.jumpWall(what.byMs);
        return this.#v2.sample();
      case "v2":
      case "v2watch":
      case "v2flood":
        return this.#v2.do(what, { machine: index, step: number });
      default:
        return this.#send(what, { machine: index, step: number });
    }
  }

  #moveLeader(to: number): void {
    const leader = this.#machines.find(({ life }) => life?.member?.isLeader === true)?.life;
    const targetId = this.#machines[to]!.life?.member?.memberId;
    if (leader?.serving !== true || targetId === undefined) return;
    leader.clock.enter(() => leader.calls.call(services.Maintenance.MoveLeader, { targetId }, () => {}));
  }

  #send(call: CallSpec, { machine: index, step }: { machine: number; step: number }): void {
    this.#clients.send(call, { machine: this.#machines[index]!, index, step });
  }

  #watch(spec: WatchSpec, { machine, step }: { machine: number; step: number }): void {
    const log = logOf(step, spec);
    this.#history.watches.push(log);
    const from = spec.back === undefined ? 0 : Math.max(1, this.#clients.latest - spec.back);
    const client = this.#addWatch(spec, { machine, log, from });
    const { life } = this.#machines[machine]!;
    if (life?.serving === true) client.open(life);
  }

  #addWatch(spec: WatchSpec, { machine, log, from }: { machine: number; log: WatchLog; from: number }): WatchClient {
    const onRevision = (revision: number) => {
      this.#clients.latest = Math.max(this.#clients.latest, revision);
      if (log === this.#history.observer) this.#clients.observed = Math.max(this.#clients.observed, revision);
    };
    const client = new WatchClient({ world: this.#world, spec, log, from, onRevision });
    this.#watches.push({ client, machine });
    return client;
  }

  #serving(index: number, life: Life): void {
    this.#each(index, (client) => client.open(life));
    this.#v2.serving(index, life);
  }

  #ended(index: number): void {
    this.#each(index, (client) => client.drop());
    this.#v2.ended(index);
  }

  #each(machine: number, run: (client: WatchClient) => void): void {
    for (const watch of this.#watches) if (watch.machine === machine) run(watch.client);
  }

  #complain(text: string): void {
    this.#complaints.push(`at ${this.#world.clock.nowMs().toFixed(1)} ms: ${text}`);
  }
}

function logOf(step: number, { key, end, prevKv, filters }: WatchSpec): WatchLog {
  return { step, key, end, prevKv, filters, told: [] };
}

function memberOptions({ founders, snapshotCount, tickAdvance, preVote }: Plan, index: number): MemberOptions {
  const names = Array.from({ length: founders }, (_, one) => `m${one}=${Network.urlOf(one)}`);
  return {
    name: `m${index}`,
    dataDir: "/data",
    walDir: undefined,
    initialCluster: names.join(","),
    initialClusterState: "new",
    strictReconfigCheck: true,
    initialClusterToken: "simulation",
    advertisePeerUrls: [Network.urlOf(index)],
    advertiseClientUrls: [`http://10.0.0.${index + 1}:2379`],
    heartbeatMs: 100,
    electionMs: 1000,
    preVote,
    initialElectionTickAdvance: tickAdvance,
    snapshotCount,
    snapshotCatchupEntries: 10,
    maxSnapshots: 3,
    quotaBackendBytes: undefined,
    maxRequestBytes: 1.5 * 1024 * 1024,
    maxTxnOps: 128,
    maxLearners: 1,
    watchProgressNotifyIntervalMs: 1000,
    compactionBatchLimit: 1000,
    compactionSleepMs: 2,
    maxWals: 2,
    autoCompaction: { mode: "off" },
    warningApplyMs: 100,
    walTuning: { segmentSizeBytes: 16 * 1024, syncMode: "pool" },
    version: "3.7.1",
  };
}
