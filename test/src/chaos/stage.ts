/**
 * A cluster of real processes with everything around it that a fault needs: the network between the members, a small disk for the
 * first of them, clients, and what was measured. Faults are done here and undone here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ClusterMember,
  eventually,
  makeSmallDisk,
  ProcessCluster,
  type SeededRandom,
  type SmallDisk,
} from "../harness/index.ts";
import type { Arena } from "./arena.ts";
import type { Measured } from "./outages.ts";
import { probe } from "./probe.ts";
import { type Recorder, Seat } from "./recorder.ts";

const diskBytes = 420 * 1024 * 1024;
const commonFlags = ["--log-level", "info", "--snapshot-count", "500"];
const ownFlags = ["--snapshot-catchup-entries", "200"];
/** Followers know their leader, and it knows them, this long after all was healed. */
const settleMs = 1_500;

/** A server of another make, and the flags it needs besides etcd's usual ones. */
export interface OtherServer {
  readonly binary: string;
  readonly flags: readonly string[];
}

/** What a stage is made of. */
export interface StageParts {
  readonly arena: Arena;
  readonly random: SeededRandom;
  readonly recorder: Recorder;
  /** Members' program; default: this project's. */
  readonly other?: OtherServer | undefined;
}

/** The stage; `start` founds the cluster. */
export class Stage {
  readonly cluster: ProcessCluster;
  readonly arena: Arena;
  readonly random: SeededRandom;
  readonly recorder: Recorder;
  readonly disk: SmallDisk;
  readonly measured: Measured[] = [];
  readonly complaints: string[] = [];
  readonly #seats = new Map<string, Seat>();
  readonly #machines = new Map<string, number>();
  readonly #dir = mkdtempSync(join(tmpdir(), "etcd-chaos-"));
  #lives = 0;

  constructor(parts: StageParts) {
    this.arena = parts.arena;
    this.random = parts.random;
    this.recorder = parts.recorder;
    this.disk = makeSmallDisk(join(this.#dir, "disk"), diskBytes);
    const { binary, flags = ownFlags } = parts.other ?? {};
    this.cluster = new ProcessCluster({
      ...(binary === undefined ? {} : { binary }),
      flags: [...commonFlags, ...flags],
      place: (name) => this.#place(name),
    });
  }

  /** Founds a cluster of three. */
  async start(): Promise<void> {
    for (const name of ["m1", "m2", "m3"]) await this.cluster.plan(name);
    await Promise.all(this.cluster.members.map((member) => this.run(member)));
  }

  async #place(name: string) {
    const place = await this.arena.place(name);
    if (name !== "m1") return place;
    const options = [place.env?.["NODE_OPTIONS"], this.disk.env["NODE_OPTIONS"]].filter((one) => one !== undefined);
    const both = options.length === 0 ? {} : { NODE_OPTIONS: options.join(" ") };
    return { ...place, dataDir: join(this.disk.dir, "data"), env: { ...place.env, ...this.disk.env, ...both } };
  }

  /** Starts a member, or starts it again, and lets clients find it once it serves. */
  async run(member: ClusterMember, state: "new" | "existing" = "new"): Promise<void> {
    await this.cluster.run(member, state);
    this.#seat(member);
  }

  #seat(member: ClusterMember): void {
    const machine = this.#machines.get(member.name) ?? this.#machines.size;
    this.#machines.set(member.name, machine);
    const endpoint = `${member.place.host}:${member.ports[0]}`;
    const seat = new Seat({ name: member.name, machine, life: ++this.#lives, endpoint });
    this.#seats.set(member.name, seat);
    void member.process!.exited.then(() => this.#leave(seat));
  }

  #leave(seat: Seat): void {
    seat.close();
    if (this.#seats.get(seat.name) === seat) this.#seats.delete(seat.name);
  }

  /** Any member that lives, for clients. */
  pick(): Seat | undefined {
    return this.#seats.size === 0 ? undefined : this.random.pick([...this.#seats.values()]);
  }

  /** Clients' ways to these members. */
  seatsOf(members: readonly ClusterMember[]): Seat[] {
    return members.flatMap(({ name }) => this.#seats.get(name) ?? []);
  }

  /** The leader and the others, in random order. */
  async roles(): Promise<{
    leader: ClusterMember;
    followers: ClusterMember[];
    others: (of: ClusterMember) => ClusterMember[];
  }> {
    const leader = await this.cluster.leader();
    const others = (of: ClusterMember) => this.cluster.members.filter((member) => member !== of);
    const followers = others(leader);
    if (this.random.below(2) === 0) followers.reverse();
    return { leader, followers, others };
  }

  /** Measures the outage that a fault makes, on members that should go on. */
  async measure(fault: string, on: readonly ClusterMember[], limitMs: number): Promise<void> {
    const { term } = this.recorder;
    const outage = await probe(this.recorder, () => this.seatsOf(on));
    if (outage === undefined) this.complain(`${fault}: writes did not resume`);
    else this.measured.push({ fault, limitMs, ...outage, splits: Math.max(0, this.recorder.term - term - 1) });
  }

  /** Waits until every member serves and all know each other again. */
  async settle(): Promise<void> {
    this.arena.heal();
    await eventually("every member takes writes", async () => {
      for (const { client } of this.cluster.members) {
        const key = Buffer.from("settled");
        await client.call("KV.Range", { key, limit: 1 }, 1_000);
      }
      return true;
    });
    await sleep(settleMs);
  }

  complain(text: string): void {
    this.complaints.push(text);
  }

  /** Kills everything and removes it. */
  async stop(): Promise<void> {
    for (const seat of this.#seats.values()) this.#leave(seat);
    await this.cluster.stop();
    this.disk.remove();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
