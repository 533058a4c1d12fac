/**
 * The simulated clients of the v2 API: they send the requests of a schedule to whichever life of a machine serves, and
 * write down what came back. They remember what they saw last at each key, to compare with it.
 */
import type { HttpResponse } from "@etcd-ts/server";
import type { Life, Machine } from "./machine.ts";
import { askV2, type V2Asked, type V2Form } from "./v2-door.ts";
import type { V2Call, V2ErrorJson, V2EventJson, V2History } from "./v2-history.ts";
import type { V2CallSpec } from "./v2-step.ts";
import type { World } from "./world.ts";

/** Where a request goes, and which step it belongs to. */
export interface V2Target {
  readonly machine: Machine;
  readonly index: number;
  readonly step: number;
}

const methods = {
  set: "PUT",
  create: "PUT",
  update: "PUT",
  createInOrder: "POST",
  delete: "DELETE",
  read: "GET",
} as const;
const flag = (is: boolean) => (is ? "true" : undefined);
/** A request that nobody gives up. */
const never = new AbortController().signal;

/** All clients together. */
export class V2Clients {
  readonly #world: World;
  readonly #history: V2History;
  readonly #seen = new Map<string, { value: string; index: number }>();
  /** Highest index that any client was told. */
  latest = 1;

  constructor(world: World, history: V2History) {
    this.#world = world;
    this.#history = history;
  }

  /** Sends the request of a step; nothing happens while nobody serves. */
  send(spec: V2CallSpec, target: V2Target): void {
    this.ask({ method: methods[spec.what], key: spec.key, form: this.#formOf(spec) }, target);
  }

  /** Sends many writes at once. */
  flood(count: number, target: V2Target): void {
    for (let i = 0; i < count; i++) {
      this.ask({ method: "PUT", key: `/f/${i % 5}`, form: { value: `f${target.step}.${i}` } }, target);
    }
  }

  /** Sends a request. */
  ask(asked: V2Asked, { machine, index, step }: V2Target): void {
    const { life } = machine;
    if (life?.serving !== true) return;
    const { clock } = this.#world;
    const wallMs = life.clock.wallMs();
    const call: V2Call = {
      step,
      machine: index,
      life: life.number,
      asked,
      calledAt: this.#world.nextSequence(),
      calledMs: clock.nowMs(),
      calledWallMs: wallMs,
      returnedWallMs: Number.POSITIVE_INFINITY,
      returnedAt: Number.POSITIVE_INFINITY,
      returnedMs: Number.POSITIVE_INFINITY,
      status: 0,
      index: undefined,
      event: undefined,
      error: undefined,
    };
    this.#history.calls.push(call);
    life.clock.enter(() => void askV2(life.v2!, asked, never).then((answer) => this.#done(call, life, answer)));
  }

  /** Remembers what an event tells about a key. */
  note({ node }: V2EventJson): void {
    if (node?.key === undefined || node.modifiedIndex === undefined) return;
    this.latest = Math.max(this.latest, node.modifiedIndex);
    this.#seen.set(node.key, { value: node.value ?? "", index: node.modifiedIndex });
  }

  #done(call: V2Call, life: Life, answer: HttpResponse): void {
    if (life.clock.dead) return;
    call.returnedAt = this.#world.nextSequence();
    call.returnedMs = this.#world.clock.nowMs();
    call.returnedWallMs = life.clock.wallMs();
    call.status = answer.status;
    const index = answer.headers["X-Etcd-Index"];
    if (index !== undefined) call.index = Number(index);
    const json = readJson(answer.body);
    if (json === undefined) return;
    if ("errorCode" in json) call.error = json;
    else {
      call.event = json;
      this.note(json);
    }
  }

  #formOf(spec: V2CallSpec): V2Form {
    const { what, value, ttl, refresh, recursive, quorum, noValueOnSuccess, dir } = spec;
    const plain = value === "" ? undefined : value;
    const prevExist = what === "create" ? "false" : what === "update" ? "true" : undefined;
    return {
      value: plain,
      ttl: ttl === undefined ? undefined : String(ttl),
      prevExist,
      ...this.#compareOf(spec),
      dir: flag(dir),
      refresh: flag(refresh),
      recursive: flag(recursive),
      quorum: flag(quorum),
      noValueOnSuccess: flag(noValueOnSuccess),
    };
  }

  #compareOf({ compare, key }: V2CallSpec): V2Form {
    const { value, index } = this.#seen.get(key) ?? { value: "", index: 1 };
    const prevValue = value === "" ? "nothing" : value;
    switch (compare) {
      case "none":
        return {};
      case "seenValue":
        return { prevValue };
      case "seenIndex":
        return { prevIndex: String(index) };
      case "seenBoth":
        return { prevValue, prevIndex: String(index) };
      case "wrongValue":
        return { prevValue: "never" };
      case "wrongIndex":
        return { prevIndex: "1" };
      default:
        return compare satisfies never;
    }
  }
}

/** The body of an answer that is one document; undefined when it is none. */
export function readJson(body: HttpResponse["body"]): V2EventJson | V2ErrorJson | undefined {
  if (typeof body !== "string") return undefined;
  try {
    return JSON.parse(body) as V2EventJson | V2ErrorJson;
  } catch {
    return undefined;
  }
}
