/**
 * The v2 part of a simulation: its clients and watches, and the looks it takes at members beside them. `simulate.ts` tells
 * it what happens to machines.
 */
import type { Member } from "@etcd-ts/server";
import type { LastLife } from "./forget-revisions.ts";
import type { Life, Machine } from "./machine.ts";
import { V2Clients } from "./v2-clients.ts";
import { forgetIndexes } from "./v2-forget.ts";
import type { V2Dump, V2EventJson, V2History, V2StoredNode } from "./v2-history.ts";
import type { V2Spec } from "./v2-plan.ts";
import { V2WatchClient } from "./v2-watch-client.ts";
import type { World } from "./world.ts";

const sampleEveryMs = 100;
/** Histories hold a thousand events: so often somebody's is looked up that none is missed. */
const dumpEveryIndexes = 300;
/** A node may be there so long after its time to live, while nothing is wrong. */
const overdueMs = 2_000;
const decoder = new TextDecoder();

/** The parts that are shared with the rest. */
export interface V2Parts {
  readonly world: World;
  readonly machines: readonly Machine[];
  readonly dialect: string;
}

export class V2Simulation {
  readonly history: V2History;
  readonly #parts: V2Parts;
  readonly #clients: V2Clients;
  readonly #watches: { readonly client: V2WatchClient; readonly machine: number }[] = [];
  #dumpedIndex = 0;

  constructor(parts: V2Parts) {
    this.#parts = parts;
    const { world, dialect } = parts;
    this.history = { beginMs: world.clock.wallMs(), dialect, calls: [], watches: [], samples: [], dumps: [] };
    this.#clients = new V2Clients(world, this.history);
    this.#sampleLater();
  }

  /** Does a step. */
  do(spec: V2Spec, { machine: index, step }: { machine: number; step: number }): void {
    const target = { machine: this.#parts.machines[index]!, index, step };
    switch (spec.kind) {
      case "v2":
        return this.#clients.send(spec, target);
      case "v2flood":
        return this.#clients.flood(spec.count, target);
      case "v2watch": {
        const { world } = this.#parts;
        const client = new V2WatchClient({
          world,
          history: this.history,
          clients: this.#clients,
          spec,
          step,
          machine: index,
        });
        this.#watches.push({ client, machine: index });
        const { life } = target.machine;
        if (life?.serving === true) client.open(life);
        return;
      }
      default:
        return spec satisfies never;
    }
  }

  /** A machine began to serve. */
  serving(index: number, life: Life): void {
    for (const { client, machine } of this.#watches) if (machine === index) client.open(life);
  }

  /** The life of a machine is over. */
  ended(index: number): void {
    for (const { client, machine } of this.#watches) if (machine === index) client.drop();
  }

  /** Reads everything everywhere, and looks into every member. */
  readEverything(): void {
    const read = { method: "GET", key: "/", form: { recursive: "true" } } as const;
    for (const [index, machine] of this.#parts.machines.entries()) {
      const target = { machine, index, step: -1 };
      this.#clients.ask(read, target);
      this.#clients.ask({ ...read, form: { recursive: "true", quorum: "true" } }, target);
    }
  }

  /** Looks into every member that runs. */
  dumpEverything(calm: boolean): void {
    for (const index of this.#parts.machines.keys()) this.#keep(this.#dump(index, calm));
  }

  /** One machine was forced to go on alone: forgets what it does not have. Answers what it should have. */
  forget(last: LastLife): string[] {
    const now = this.#dump(last.machine, false);
    return now === undefined ? [] : forgetIndexes(this.history, last, now);
  }

  /** Nodes that any member holds beyond their time, while nothing is wrong. */
  overdue(): number {
    const { world, machines } = this.#parts;
    const slowest = Math.min(
      0,
      ...machines.map(({ life }) => (life === undefined ? 0 : life.clock.wallMs() - world.clock.wallMs())),
    );
    const endMs = world.clock.wallMs() + slowest - overdueMs;
    let count = 0;
    for (const { life } of machines) {
      if (life?.member === undefined) continue;
      for (const { ExpireTime } of nodesOf(stateOf(life.member).Root)) {
        const expiresMs = Date.parse(ExpireTime);
        if (expiresMs > 0 && expiresMs <= endMs) count++;
      }
    }
    return count;
  }

  /** Looks at every member now. */
  sample(): void {
    const { world, machines } = this.#parts;
    const at = world.nextSequence();
    const ms = world.clock.nowMs();
    let highest = 0;
    for (const [machine, { life }] of machines.entries()) {
      const member = life?.member;
      if (life === undefined || member === undefined) continue;
      const { index } = member.v2;
      const offsetMs = Math.ceil(life.clock.wallMs() - world.clock.wallMs());
      this.history.samples.push({
        at,
        ms,
        machine,
        life: life.number,
        index,
        term: member.term,
        leads: member.isLeader,
        offsetMs,
      });
      if (index - this.#dumpedIndex >= dumpEveryIndexes && index > highest) highest = index;
    }
    if (highest === 0) return;
    this.#dumpedIndex = highest;
    const machine = machines.findIndex(({ life }) => life?.member?.v2.index === highest);
    this.#keep(this.#dump(machine, false));
  }

  #sampleLater(): void {
    this.#parts.world.clock.setTimer(sampleEveryMs, () => {
      this.sample();
      this.#sampleLater();
    });
  }

  #keep(dump: V2Dump | undefined): void {
    if (dump !== undefined) this.history.dumps.push(dump);
  }

  #dump(machine: number, calm: boolean): V2Dump | undefined {
    const { world, machines } = this.#parts;
    const life = machines[machine]?.life;
    if (life?.member === undefined) return undefined;
    const { Root: root, CurrentIndex: index, WatcherHub } = stateOf(life.member);
    const { Events, Front, Size, Capacity } = WatcherHub.EventHistory.Queue;
    const events = Array.from({ length: Size }, (_, i) => Events[(Front + i) % Capacity]!);
    const at = world.nextSequence();
    return { at, ms: world.clock.nowMs(), machine, life: life.number, calm, index, root, events };
  }
}

interface StoredState {
  readonly Root: V2StoredNode;
  readonly CurrentIndex: number;
  readonly WatcherHub: {
    readonly EventHistory: {
      readonly Queue: {
        readonly Events: readonly (V2EventJson | null)[];
        readonly Front: number;
        readonly Size: number;
        readonly Capacity: number;
      };
    };
  };
}

function stateOf({ v2 }: Member): StoredState {
  return JSON.parse(decoder.decode(v2.encodeSnapshot())) as StoredState;
}

/** A stored node and all below it. */
export function* nodesOf(node: V2StoredNode): Generator<V2StoredNode> {
  yield node;
  for (const child of Object.values(node.Children ?? {})) yield* nodesOf(child);
}
