/**
 * The operator of a simulated cluster: gives machines a place in it and takes it away, the way the documentation tells
 * operators to. Each step is tried until it is known to be done, so that lost answers do no harm, and drives are
 * thrown away only when the member that they held is out of the cluster for certain.
 */
import { type Member as ListedMember, type MethodInfo, services } from "@etcd-ts/proto";
import type { MemberOptions } from "@etcd-ts/server";
import type { Machine } from "./machine.ts";
import { Network } from "./network.ts";
import type { World } from "./world.ts";

const { MemberAdd, MemberList, MemberPromote, MemberRemove } = services.Cluster;
const answerMs = 8_000;
const retryMs = 300;
/** A damaged machine gets so long to show whether it starts. */
const damageMs = 2_000;

/** What is to become of a machine: a place, as a voter at once or as a learner first, or none. */
export interface Placing {
  readonly stays: boolean;
  readonly asLearner: boolean;
}

/** What an operator works with. */
export interface OperatorParts {
  readonly world: World;
  readonly machines: readonly Machine[];
  /** How a machine starts that joins the members in `initialCluster`. */
  options(index: number, initialCluster: string): MemberOptions;
}

/** The operator: one job at a time. */
export class Operator {
  readonly #parts: OperatorParts;
  #asked = 0;
  /** Members that are out for certain; a list that still names them is an old one. */
  readonly #removed = new Set<bigint>();
  /** The machine whose place is being changed. */
  #current: number | undefined;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** Whether the member of a machine is to be removed. */
  removes(index: number): boolean {
    return this.#current === index;
  }

  /**
   * Changes the place of a machine: one that has a place loses it first. Nothing happens while another job runs, nor to the
   * only machine that has a place.
   */
  place(index: number, placing: Placing): void {
    const hasOthers = this.#parts.machines.some(({ wanted }, other) => wanted && other !== index);
    if (this.busy || !hasOthers) return;
    this.#current = index;
    void this.#place(index, placing).finally(() => {
      this.#current = undefined;
    });
  }

  /** Damages what a machine stores, sees whether it starts, and gives it new drives and a new place in any case. */
  damage(index: number, placing: Placing): void {
    const { world, machines } = this.#parts;
    if (this.busy || machines.filter(({ wanted }) => wanted).length < 3 || !machines[index]!.wanted) return;
    this.#current = index;
    machines[index]!.damage();
    world.clock.setTimer(damageMs, () => {
      this.#current = undefined;
      this.place(index, placing);
    });
  }

  async #place(index: number, { stays, asLearner }: Placing): Promise<void> {
    const machine = this.#parts.machines[index]!;
    if (machine.wanted) await this.#remove(index);
    machine.retire();
    if (!stays) return;
    await this.#add(index, asLearner);
    // The lists that members give may be old; but jobs come one after the other, so that the operator knows who is in.
    const present = [...this.#parts.machines.keys()].filter(
      (one) => one === index || this.#parts.machines[one]!.wanted,
    );
    machine.join(this.#parts.options(index, present.map((one) => `m${one}=${Network.urlOf(one)}`).join(",")));
    if (asLearner) await this.#promote(index);
    // One that has not started yet would be refused if the members were others than it was told.
    while (machine.life?.serving !== true) await this.#retry();
  }

  async #remove(index: number): Promise<void> {
    for (;;) {
      const members = await this.#list(index, true);
      if (members !== undefined && this.#memberOf(members, index) === undefined) return;
      const id = members && this.#memberOf(members, index)?.id;
      if (id !== undefined && (await this.#call(MemberRemove, { id }, index)) !== undefined) {
        this.#removed.add(id);
        return;
      }
      await this.#retry();
    }
  }

  /** A new voter may be needed for the quorum before it has started: any list that names it is proof enough. */
  async #add(index: number, isLearner: boolean): Promise<void> {
    for (;;) {
      const request = { peerUrls: [Network.urlOf(index)], isLearner };
      const members = (await this.#call(MemberAdd, request, index))?.members ?? (await this.#list(index, false)) ?? [];
      if (this.#memberOf(members, index) !== undefined) return;
      await this.#retry();
    }
  }

  async #promote(index: number): Promise<void> {
    for (;;) {
      const members = await this.#list(index, true);
      const member = members && this.#memberOf(members, index);
      if (members !== undefined && member?.isLearner !== true) return;
      if (member !== undefined) await this.#call(MemberPromote, { id: member.id }, index);
      await this.#retry();
    }
  }

  async #list(about: number, linearizable: boolean): Promise<readonly ListedMember[] | undefined> {
    return (await this.#call(MemberList, { linearizable }, about))?.members;
  }

  #memberOf(members: readonly ListedMember[], index: number): ListedMember | undefined {
    return members.find(({ id, peerUrls }) => peerUrls[0] === Network.urlOf(index) && !this.#removed.has(id));
  }

  #retry(): Promise<void> {
    return new Promise((resolve) => this.#parts.world.clock.setTimer(retryMs, resolve));
  }

  /** Asks one machine after the other, but not the one it is about; undefined without an answer, or when it is an error. */
  #call<Request, Response>(
    method: MethodInfo<Request, Response>,
    request: Request,
    about: number,
  ): Promise<Response | undefined> {
    const { machines, world } = this.#parts;
    const others = machines.filter((machine, index) => index !== about && machine.life?.serving === true);
    const life = others[this.#asked++ % Math.max(1, others.length)]?.life;
    return new Promise((resolve) => {
      if (life === undefined) return resolve(undefined);
      world.clock.setTimer(answerMs, () => resolve(undefined));
      life.clock.enter(() => {
        life.calls.call(method, request, (answer) => resolve(answer.ok ? answer.response : undefined));
      });
    });
  }
}
