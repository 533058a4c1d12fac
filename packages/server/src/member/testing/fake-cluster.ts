/**
 * A cluster of whole members on fakes, one process for all: each has a disk and a live store that survive it, and one clock and
 * one network are shared. Disks can be stuck, processes killed and started again. Time passes only while a test waits.
 */
import assert from "node:assert/strict";
import { type Clock, silentLogger, type Timer } from "../../ports/index.ts";
import {
  type DiskOperation,
  FakeClock,
  FakeDisk,
  MemoryBackend,
  MemoryDisk,
  MemoryNetwork,
  RecordedMetrics,
  SeededRandom,
  type Survival,
} from "../../testing/index.ts";
import type { Member } from "../member.ts";
import type { MemberOptions } from "../member-options.ts";
import { startMember } from "../start-member.ts";
import { baseOptions } from "./machine.ts";

/** Longest chain of promises between two things that happen on fakes. */
const hopsMax = 100;

/** One machine of the cluster. */
export interface FakeMachine {
  readonly name: string;
  readonly url: string;
  disk: FakeDisk;
  readonly store: MemoryDisk;
  /** Syncs of its log take for ever while this is set. */
  isStuck: boolean;
  /** Time as its process sees it. */
  clock: LifeClock;
  /** Absent while its process does not run. */
  member: Member | undefined;
  /** What the process said when it ended by itself. */
  readonly ends: string[];
}

/** See the top of this file. */
export class FakeCluster {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(13);
  readonly network = new MemoryNetwork({ clock: this.clock, random: this.random });
  readonly machines: FakeMachine[] = [];
  readonly #options: Partial<MemberOptions>;

  constructor(options: Partial<MemberOptions> = {}) {
    this.#options = options;
  }

  /** Founds a cluster and waits until all serve and agree on a version. */
  static async start(count: number, options: Partial<MemberOptions> = {}): Promise<FakeCluster> {
    const cluster = new FakeCluster(options);
    for (let i = 1; i <= count; i++) cluster.add(`m${i}`);
    await Promise.all(cluster.machines.map((machine) => cluster.run(machine)));
    await cluster.until(() => cluster.machines.every(({ member }) => member?.membership.clusterVersion !== undefined));
    return cluster;
  }

  /** A machine more, which does not run yet. */
  add(name: string): FakeMachine {
    const url = `http://${name}:2380`;
    const machine: FakeMachine = {
      name,
      url,
      disk: new FakeDisk({
        random: this.random,
        clock: this.clock,
        delayMs: (operation) => delayOf(machine, operation),
      }),
      store: new MemoryDisk(),
      isStuck: false,
      clock: new LifeClock(this.clock),
      member: undefined,
      ends: [],
    };
    this.machines.push(machine);
    return machine;
  }

  /** Starts a machine's member; resolves when it runs. */
  async run(machine: FakeMachine, state: "new" | "existing" = "new"): Promise<Member> {
    const { random, network } = this;
    const clock = new LifeClock(this.clock);
    machine.clock = clock;
    const starting = startMember(
      {
        ...{ clock, random, disk: machine.disk, log: silentLogger, metrics: new RecordedMetrics() },
        openBackend: () => new MemoryBackend({ disk: machine.store }),
        openNetwork: (self) => network.join(self),
        peerClient: network.client,
      },
      {
        ...{ ...baseOptions, ...this.#options, name: machine.name, dataDir: `${machine.name}.etcd` },
        initialCluster: this.machines.map(({ name, url }) => `${name}=${url}`).join(","),
        ...{ initialClusterState: state, advertisePeerUrls: [machine.url], walTuning: { syncMode: "pool" } },
      },
      {
        onFatal: (error) => machine.ends.push(error.message),
        onRemoved: () => machine.ends.push("removed"),
      },
    );
    const member = await this.finish(starting);
    machine.member = member;
    void member.published().catch(() => {});
    return member;
  }

  /** Ends a machine's process without warning; what it wrote stays. */
  async kill(machine: FakeMachine): Promise<void> {
    machine.clock.end();
    machine.disk = machine.disk.killProcess();
    this.network.leave(machine.member!.memberId);
    machine.member = undefined;
  }

  /** Cuts a machine's power, or makes the best of a cut that has happened: unsynced writes survive as told. */
  cutPower(machine: FakeMachine, survival: Survival): void {
    machine.clock.end();
    machine.disk = machine.disk.cutPower({ survival });
    if (machine.member !== undefined) this.network.leave(machine.member.memberId);
    machine.member = undefined;
    machine.ends.length = 0;
  }

  /** The machine whose member leads, by its own word and that of most. */
  get leader(): FakeMachine | undefined {
    const running = this.machines.filter(({ member }) => member !== undefined);
    return running.find(
      ({ member }) =>
        member!.isLeader &&
        running.filter((other) => other.member!.leaderId === member!.memberId).length > this.machines.length / 2,
    );
  }

  /** Lets time and pending work pass until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let round = 0; round < 5_000 && !condition(); round++) await this.pass(10);
    assert.ok(condition(), "waited in vain");
  }

  /** Lets time pass until the promise settles. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const watched = promise.finally(() => {
      isSettled = true;
    });
    watched.catch(() => {});
    await this.until(() => isSettled);
    return watched;
  }

  /** Lets this much time, and what is pending, pass. */
  async pass(byMs: number): Promise<void> {
    this.clock.runTurn();
    this.clock.advance(byMs);
    for (let hop = 0; hop < hopsMax; hop++) await undefined;
  }
}

/** The clock of one process: what it asked for dies with it. */
export class LifeClock implements Clock {
  readonly #world: FakeClock;
  #isOver = false;
  /** What came due while the process was stopped, in order; undefined while it runs. */
  #held: (() => void)[] | undefined;

  constructor(world: FakeClock) {
    this.#world = world;
  }

  /** From now on nothing runs any more. */
  end(): void {
    this.#isOver = true;
  }

  /** Stops the process as SIGSTOP does: it notices nothing of the time until `resume`. */
  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const run of held) this.#enter(run);
  }

  nowMs(): number {
    return this.#world.nowMs();
  }

  wallMs(): number {
    return this.#world.wallMs();
  }

  setTimer(delayMs: number, run: () => void): Timer {
    return this.#world.setTimer(delayMs, () => this.#enter(run));
  }

  endOfTurn(run: () => void): void {
    this.#world.endOfTurn(() => this.#enter(run));
  }

  #enter(run: () => void): void {
    if (this.#held !== undefined) this.#held.push(run);
    else if (!this.#isOver) run();
  }
}

function delayOf({ isStuck }: FakeMachine, { kind, path }: DiskOperation): number {
  return isStuck && kind === "datasync" && path.includes("/wal") ? 1e9 : 0;
}
