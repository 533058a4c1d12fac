/**
 * The simulated clients: they send the requests of a schedule to whichever life of a machine serves, and write down what
 * came back. A request whose process died before it answered stays without an answer: it may have been done or not.
 */
import { type MethodInfo, type ResponseHeader, services } from "@etcd-ts/proto";
import type { AnyCall, History } from "./history.ts";
import type { Answer } from "./local-calls.ts";
import type { Life, Machine } from "./machine.ts";
import { methods, type Request, requestOf } from "./request-of.ts";
import type { CallSpec } from "./step.ts";
import type { World } from "./world.ts";

/** Where a request goes, and which step it belongs to. */
export interface Target {
  readonly machine: Machine;
  readonly index: number;
  readonly step: number;
}

/** All clients together. */
export class Clients {
  readonly #world: World;
  readonly #history: History;
  /** Highest revision that any client was told. */
  latest = 1;
  /** Highest revision that the observer was told: compactions stay below it. */
  observed = 1;

  constructor(world: World, history: History) {
    this.#world = world;
    this.#history = history;
  }

  /** Nothing beyond a revision is there any more. */
  forget(revision: number): void {
    this.latest = Math.min(this.latest, revision);
    this.observed = Math.min(this.observed, revision);
  }

  /** Sends the request of a step; nothing happens while nobody serves. */
  send(spec: CallSpec, target: Target): void {
    const { life } = target.machine;
    if (life?.serving !== true) return;
    if (spec.kind === "defragment") {
      life.clock.enter(() => life.calls.call(services.Maintenance.Defragment, {}, () => {}));
      return;
    }
    this.#call(requestOf(spec, this), { ...target, life });
  }

  #call({ kind, request }: Request, target: Target & { life: Life }): void {
    const { life } = target;
    const call = {
      kind,
      step: target.step,
      machine: target.index,
      life: life.number,
      request,
      calledAt: this.#world.nextSequence(),
      calledMs: this.#world.clock.nowMs(),
      returnedAt: Number.POSITIVE_INFINITY,
      returnedMs: Number.POSITIVE_INFINITY,
      response: undefined,
      error: undefined,
    } as unknown as AnyCall;
    this.#history.calls.push(call);
    const done = (answer: Answer<AnyCall["response"]>) => this.#done(call, life, answer);
    life.clock.enter(() => start(life, { kind, request } as Request, done));
  }

  #done(call: AnyCall, life: Life, answer: Answer<AnyCall["response"]>): void {
    if (life.clock.dead || call.returnedAt !== Number.POSITIVE_INFINITY) return;
    call.returnedAt = this.#world.nextSequence();
    call.returnedMs = this.#world.clock.nowMs();
    if (!answer.ok) call.error = answer.text;
    else {
      call.response = answer.response as never;
      this.latest = Math.max(this.latest, headerOf(call)?.revision ?? 0);
    }
  }
}

function start(life: Life, { kind, request }: Request, done: (answer: Answer<AnyCall["response"]>) => void): void {
  if (kind !== "keepAlive") {
    life.calls.call(methods[kind] as MethodInfo<unknown, never>, request, done);
    return;
  }
  const stream = life.calls.open(services.Lease.LeaseKeepAlive, {
    message: (response) => {
      done({ ok: true, response });
      return true;
    },
    end: (text) => done({ ok: false, code: 2, text }),
  });
  stream.send(request);
}

/** The header of a call's response, if it was answered. */
export function headerOf(call: AnyCall): ResponseHeader | undefined {
  return call.response?.header;
}
