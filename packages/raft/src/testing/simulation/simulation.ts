// One schedule: a group of nodes, and a random sequence of everything that can happen to it. Everything follows from the seed.

import {
  type ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  changeMembership,
} from "../../conf-change/index.ts";
import { type Message, MessageType } from "../../message.ts";
import { emptyConfState, noBytes, type Snapshot } from "../../types.ts";
import { SafetyChecker } from "./safety-checker.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type Mutation, SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { SimulatedNode, type Surroundings } from "./simulated-node.ts";

/** What a schedule came to. */
export interface SimulationResult {
  applied: number;
  leaders: number;
  reads: number;
  memberships: number;
  crashes: number;
}

/** What to simulate. */
export interface SimulationOptions {
  /** Everything else follows from it. */
  seed: number;
  /** A promise that is broken on purpose. */
  mutation?: Mutation;
  /** Whether nodes crash and stand for election all the time; by the seed when left out. */
  restless?: boolean;
}

const noCrash = 9;

/** One group of nodes under one schedule. */
export class Simulation {
  readonly #random: SeededRandom;
  readonly #network: SimulatedNetwork;
  readonly #checker = new SafetyChecker();
  readonly #nodes: SimulatedNode[] = [];
  /** In some schedules nodes stand for election, and crash while they do, all the time. */
  readonly #restless: boolean;
  #names = 0;
  #memberships = 0;
  #crashes = 0;

  constructor({ seed, mutation = "none", restless }: SimulationOptions) {
    this.#random = new SeededRandom(seed);
    this.#network = new SimulatedNetwork(this.#random, (message) => this.#report(message, false));
    this.#restless = restless ?? this.#random.percent(25);
    const count = 3 + this.#random.below(5);
    const first = this.#firstSnapshot(count);
    const config = this.#drawConfig();
    for (let i = 1; i <= count; i++) {
      const isMember = first.metadata.confState.voters.includes(BigInt(i));
      const disk = new SimulatedDisk(isMember ? first : undefined, mutation);
      const send = (message: Message) => this.#network.send(message);
      this.#nodes.push(
        new SimulatedNode(BigInt(i), { config, disk, checker: this.#checker, random: this.#random, send }),
      );
    }
  }

  /** Lets things happen; throws a SafetyViolation as soon as a promise is broken. */
  run(actions: number): SimulationResult {
    // Most schedules begin with a leader, because it takes long to get one among faults.
    if (!this.#restless && this.#random.percent(80)) this.#nodes[0]!.raw.campaign();
    this.#settle();
    for (let i = 0; i < actions; i++) this.#act();
    return {
      applied: this.#checker.highestApplied,
      leaders: this.#checker.leaderCount,
      reads: this.#checker.readsAnswered,
      memberships: this.#memberships,
      crashes: this.#crashes,
    };
  }

  /**
   * Ends all faults, and returns whether the group then commits a new entry on all its members in so many rounds. A group
   * whose leader was voted out may not: only that node may know that its vote is not needed any more, and refuse it
   * because its own log is longer. It is excused; the README says how to avoid it.
   */
  recovers(rounds: number): boolean {
    this.#network.cut(new Set());
    for (const node of this.#nodes) if (!node.running) node.restart();
    const goal = this.#checker.highestApplied + 1;
    for (let round = 0; round < rounds; round++) {
      for (const node of this.#nodes) node.raw.tick();
      this.#settle();
      this.#deposeVotedOut();
      const leader = this.#nodes.find((node) => node.leads);
      leader?.raw.propose(this.#newName("after"));
      this.#settle();
      if (leader !== undefined && this.#allReached(goal, leader)) return true;
    }
    return this.#nodes.some((out) => !out.counts(out.id) && this.#nodes.some((other) => other.counts(out.id)));
  }

  /** Few nodes begin as members; the others join, if at all, by a membership change. */
  #firstSnapshot(count: number): Snapshot {
    const members = this.#restless ? 3 : 1 + this.#random.below(count);
    const voters = Array.from({ length: members }, (_, i) => BigInt(i + 1));
    return { data: noBytes, metadata: { confState: { ...emptyConfState(), voters }, index: 1, term: 1 } };
  }

  #drawConfig(): Surroundings["config"] {
    const random = this.#random;
    return {
      electionTick: 5,
      heartbeatTick: 1,
      random,
      asyncStorageWrites: random.percent(40),
      preVote: random.percent(40),
      checkQuorum: random.percent(40),
      stepDownOnRemoval: random.percent(50),
      maxInflightMsgs: 1 + random.below(4),
      maxSizePerMsg: random.pick([0, 20, 1000]),
      maxCommittedSizePerReady: random.pick([1, 30, 1000]),
    };
  }

  #act(): void {
    const random = this.#random;
    const kind = random.below(1000);
    if (this.#restless && kind < 100) this.#stirElection();
    else if (kind < 430) this.#deliverSome();
    else if (kind < 750) this.#workOne();
    else if (kind < 830) this.#tick();
    else if (kind < 890) this.#propose();
    else if (kind < 915) this.#changeMembership();
    else if (kind < 930) this.#network.lose();
    else if (kind < 955) this.#crashOrRestart();
    else if (kind < 963) this.#network.cut(new Set(this.#nodes.filter(() => random.percent(40)).map(({ id }) => id)));
    else if (kind < 975) this.#network.cut(new Set());
    else if (kind < 982) this.#running()?.compact();
    else if (kind < 992) this.#read();
    else this.#disturb();
  }

  #tick(): void {
    for (const node of this.#nodes) if (node.running && this.#random.percent(70)) node.raw.tick();
  }

  #deliverSome(): void {
    for (let i = this.#random.below(5); i >= 0; i--) this.#deliver({ faulty: true });
  }

  #deliver({ faulty }: { faulty: boolean }): void {
    const message = this.#network.take({ faulty });
    if (message === undefined) return;
    const node = this.#nodes[Number(message.to) - 1];
    if (node?.running) node.step(message);
    this.#report(message, node?.running ?? false);
  }

  /** A transport owes the sender of a snapshot word of what became of it. */
  #report({ type, from, to }: Message, ok: boolean): void {
    const sender = this.#nodes[Number(from) - 1];
    if (type === MessageType.snap && sender?.running) sender.raw.reportSnapshot(to, ok);
  }

  #workOne(): void {
    const busy = this.#nodes.filter((node) => node.running && node.hasWork);
    const node = this.#random.pick(busy);
    if (node === undefined) {
      this.#tick();
      return;
    }
    const crash = this.#random.percent(2) ? this.#random.below(3) : noCrash;
    node.work(crash);
    if (!node.running) this.#crashes++;
  }

  #propose(): void {
    const node = this.#leaderOrAny();
    node?.raw.propose(this.#newName("p"));
  }

  /** Proposes a change that is possible in the membership the leader has applied, which is the one it will meet. */
  #changeMembership(): void {
    const leader = this.#nodes.find((node) => node.leads);
    if (leader === undefined) return;
    const { confState } = leader;
    const changes: ConfChangeSingle[] = [];
    if (confState.votersOutgoing.length === 0) {
      for (let i = this.#random.pick([1, 1, 2, 3]); i > 0; i--) changes.push(this.#randomChange());
    }
    const explicit = this.#random.percent(30) && changes.length > 0;
    const transition = explicit ? ConfChangeTransition.jointExplicit : ConfChangeTransition.auto;
    const change = { transition, changes, context: noBytes };
    if (!changeMembership(confState, change).ok) return;
    if (leader.raw.proposeConfChange(change) === "accepted") this.#memberships++;
  }

  #randomChange(): ConfChangeSingle {
    const { addNode, removeNode, addLearnerNode } = ConfChangeType;
    const type = this.#random.pick([addNode, addNode, removeNode, addLearnerNode]);
    return { type, nodeId: BigInt(1 + this.#random.below(this.#nodes.length)) };
  }

  /** Two nodes at once, or a node that comes back at once: what is needed for split votes and double votes. */
  #stirElection(): void {
    if (this.#random.percent(10)) {
      this.#running()?.raw.campaign();
      this.#running()?.raw.campaign();
      return;
    }
    const node = this.#anyNode();
    if (node.running) node.crash();
    node.restart();
  }

  #crashOrRestart(): void {
    const node = this.#anyNode();
    if (!node.running) node.restart();
    else if (this.#random.percent(25)) {
      node.crash();
      this.#crashes++;
    }
  }

  #read(): void {
    const node = this.#leaderOrAny();
    if (node === undefined) return;
    const context = this.#newName("r");
    this.#checker.asksRead(new TextDecoder().decode(context));
    node.raw.readIndex(context);
  }

  #disturb(): void {
    const node = this.#leaderOrAny();
    const other = this.#anyNode().id;
    if (node === undefined) return;
    const kind = this.#random.below(6);
    if (kind === 0) node.raw.transferLeader(other);
    else if (kind === 1) node.raw.reportUnreachable(other);
    else if (kind === 2) node.raw.reportSnapshot(other, this.#random.percent(50));
    else if (kind === 3) node.raw.forgetLeader();
    else this.#running()?.raw.campaign();
  }

  /** Delivers and does everything, without faults, until nothing moves. Bounded: a chatty group is not a broken one. */
  #settle(): void {
    for (let i = 0; i < 400; i++) {
      for (let n = this.#network.size; n > 0; n--) this.#deliver({ faulty: false });
      const busy = this.#nodes.filter((node) => node.hasWork);
      for (const node of busy) node.work(noCrash);
      if (busy.length === 0 && this.#network.size === 0) return;
    }
  }

  /** A leader without a vote goes on leading unless it is configured to step down; its owner has to stop it. */
  #deposeVotedOut(): void {
    for (const node of this.#nodes) {
      if (!node.leads || node.counts(node.id)) continue;
      node.crash();
      node.restart();
    }
  }

  #allReached(index: number, { confState }: SimulatedNode): boolean {
    const members = new Set([...confState.voters, ...confState.votersOutgoing, ...confState.learners]);
    return this.#nodes.every((node) => !members.has(node.id) || node.applied >= index);
  }

  #anyNode(): SimulatedNode {
    return this.#nodes[this.#random.below(this.#nodes.length)]!;
  }

  #running(): SimulatedNode | undefined {
    const node = this.#anyNode();
    return node.running ? node : undefined;
  }

  #leaderOrAny(): SimulatedNode | undefined {
    const leader = this.#random.percent(80) ? this.#nodes.find((node) => node.leads) : undefined;
    return leader ?? this.#running();
  }

  #newName(prefix: string): Uint8Array {
    return new TextEncoder().encode(`${prefix}${++this.#names}`);
  }
}
