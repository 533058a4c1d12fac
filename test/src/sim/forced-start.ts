/**
 * The end of some schedules: all machines but one are lost for good, in the middle of writes, and the one goes on alone with
 * `--force-new-cluster`; the others join it anew. What it does not know to be committed is lost then, although others may
 * have answered for it; what it answered for itself is not. Clients begin anew with what is there: the history forgets what
 * was told of the rest.
 */
import type { Clients } from "./clients.ts";
import { forgetRevisions } from "./forget-revisions.ts";
import type { History } from "./history.ts";
import type { CrashKind, Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import type { CallSpec, PutSpec } from "./step.ts";
import type { V2Simulation } from "./v2-simulation.ts";
import type { V2CallSpec } from "./v2-step.ts";
import type { World } from "./world.ts";

/** Which machine is left, how its process ends, and how long it is alone before. */
export interface ForcedStartPlan {
  readonly survivor: number;
  readonly how: CrashKind;
  /** 0: it is connected until the end. */
  readonly cutMs: number;
  /** How long the last writes are on their way. */
  readonly lastMs: number;
}

/** What it works on. */
export interface ForcedStartParts {
  readonly world: World;
  readonly machines: readonly Machine[];
  readonly network: Network;
  readonly clients: Clients;
  readonly history: History;
  readonly v2: V2Simulation;
  readonly readAll: CallSpec;
  /** Waits until something holds; answers whether it does. */
  holds(condition: () => boolean): Promise<boolean>;
  pass(ms: number): Promise<void>;
  /** Watches go on no later than at this revision. */
  rewind(revision: number): void;
  complain(text: string): void;
}

const writeEveryMs = 40;
const writesBefore = 20;
const lastWrites = 12;
const keys = ["a", "b", "c"];

/** The forced start. */
export class ForcedStart {
  readonly #parts: ForcedStartParts;
  readonly #plan: ForcedStartPlan;
  #writes = 0;

  constructor(parts: ForcedStartParts, plan: ForcedStartPlan) {
    this.#parts = parts;
    this.#plan = plan;
  }

  /** Loses the others, and brings the survivor back alone; false when it does not serve. */
  async run(): Promise<boolean> {
    const { machines, network, v2, complain, holds } = this.#parts;
    const { survivor, how, cutMs, lastMs } = this.#plan;
    await this.load(writesBefore);
    if (cutMs > 0) {
      network.cut(this.#links(), 10 * cutMs);
      await this.load(Math.floor(cutMs / writeEveryMs));
    }
    for (let i = 0; i < lastWrites; i++) this.#write(i % machines.length);
    await this.#parts.pass(lastMs);
    v2.dumpEverything(false);
    const machine = machines[survivor]!;
    const before = { machine: survivor, life: machine.lives, endMs: this.#parts.world.clock.nowMs(), how };
    for (const [index, other] of machines.entries()) if (index !== survivor) other.retire();
    machine.forceNewCluster(how);
    network.heal();
    if (!(await holds(() => machine.lives > before.life && machine.life?.serving === true))) {
      complain("the only machine that is left does not serve after a forced start");
      return false;
    }
    const revision = await this.#revision();
    if (revision === undefined) return false;
    for (const text of [...forgetRevisions(this.#parts.history, { ...before, revision }), ...v2.forget(before)])
      complain(text);
    this.#parts.clients.forget(revision);
    this.#parts.rewind(revision);
    return true;
  }

  /** So many writes, one after the other, on all machines that serve. */
  async load(writes: number): Promise<void> {
    for (let i = 0; i < writes; i++) {
      this.#write(this.#writes % this.#parts.machines.length);
      await this.#parts.pass(writeEveryMs);
    }
  }

  #write(index: number): void {
    const { clients, v2, machines } = this.#parts;
    const number = ++this.#writes;
    const key = keys[number % keys.length]!;
    const step = -1000 - number;
    clients.send({ ...plainPut, key, value: `x${number}` }, { machine: machines[index]!, index, step });
    v2.do({ ...plainSet, key: `/${key}`, value: `x${number}` }, { machine: index, step });
  }

  async #revision(): Promise<number | undefined> {
    const { clients, machines, history, readAll, holds, complain } = this.#parts;
    const { survivor: index } = this.#plan;
    clients.send(readAll, { machine: machines[index]!, index, step: -1 });
    const call = history.calls.at(-1)!;
    if (await holds(() => call.response !== undefined)) return call.response!.header!.revision;
    complain("the only machine that is left does not answer after a forced start");
    return undefined;
  }

  #links(): [number, number][] {
    const { survivor } = this.#plan;
    const others = [...this.#parts.machines.keys()].filter((index) => index !== survivor);
    return others.flatMap((other): [number, number][] => [
      [survivor, other],
      [other, survivor],
    ]);
  }
}

const plainPut: PutSpec = {
  kind: "put",
  key: "",
  value: "",
  lease: 0,
  prevKv: true,
  ignoreValue: false,
  ignoreLease: false,
};
const plainSet: V2CallSpec = {
  kind: "v2",
  what: "set",
  key: "",
  value: "",
  compare: "none",
  dir: false,
  ttl: undefined,
  refresh: false,
  recursive: false,
  quorum: false,
  noValueOnSuccess: false,
};
