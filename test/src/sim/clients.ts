/**
 * The simulated clients: they send the requests of a schedule to whichever life of a machine serves, and write down what
 * came back. A request whose process died before it answered stays without an answer: it may have been done or not.
 */
import {
  CompactionRequest,
  HashKVRequest,
  LeaseGrantRequest,
  LeaseKeepAliveRequest,
  LeaseLeasesRequest,
  LeaseRevokeRequest,
  LeaseTimeToLiveRequest,
  type MethodInfo,
  type ResponseHeader,
  services,
} from "@etcd-ts/proto";
import { deleteOf, leaseId, putOf, rangeOf, txnOf } from "./build-request.ts";
import type { AnyCall, CallKind, CallTypes, History } from "./history.ts";
import type { Answer } from "./local-calls.ts";
import type { Life, Machine } from "./machine.ts";
import type { CallSpec } from "./step.ts";
import type { World } from "./world.ts";

type Request = { [Kind in CallKind]: { kind: Kind; request: CallTypes[Kind][0] } }[CallKind];

const { KV, Lease, Maintenance } = services;
const methods: { [Kind in CallKind]: MethodInfo<CallTypes[Kind][0], CallTypes[Kind][1]> } = {
  range: KV.Range,
  put: KV.Put,
  delete: KV.DeleteRange,
  txn: KV.Txn,
  compact: KV.Compact,
  grant: Lease.LeaseGrant,
  revoke: Lease.LeaseRevoke,
  keepAlive: Lease.LeaseKeepAlive,
  timeToLive: Lease.LeaseTimeToLive,
  leases: Lease.LeaseLeases,
  hashKv: Maintenance.HashKV,
};

/** Revisions so far ahead do not exist before the answer, wherever the observer is. */
const farAhead = 100_000;

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

  /** Sends the request of a step; nothing happens while nobody serves. */
  send(spec: CallSpec, target: Target): void {
    const { life } = target.machine;
    if (life?.serving !== true) return;
    if (spec.kind === "defragment") {
      life.clock.enter(() => life.calls.call(Maintenance.Defragment, {}, () => {}));
      return;
    }
    this.#call(this.#requestOf(spec), { ...target, life });
  }

  #requestOf(spec: Exclude<CallSpec, { kind: "defragment" }>): Request {
    const { latest } = this;
    switch (spec.kind) {
      case "range":
        return { kind: "range", request: rangeOf(spec, latest) };
      case "put":
        return { kind: "put", request: putOf(spec) };
      case "delete":
        return { kind: "delete", request: deleteOf(spec) };
      case "txn":
        return { kind: "txn", request: txnOf(spec, latest) };
      case "compact": {
        const revision = spec.back < 0 ? latest + farAhead : Math.max(1, this.observed - spec.back);
        return { kind: "compact", request: CompactionRequest.create({ revision, physical: spec.physical }) };
      }
      case "hashKv":
        return {
          kind: "hashKv",
          request: HashKVRequest.create({ revision: spec.back === 0 ? 0 : latest - spec.back }),
        };
      default:
        return leaseRequestOf(spec);
    }
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

function leaseRequestOf(
  spec: Extract<CallSpec, { kind: "grant" | "revoke" | "keepAlive" | "timeToLive" | "leases" }>,
): Request {
  switch (spec.kind) {
    case "grant":
      return { kind: "grant", request: LeaseGrantRequest.create({ id: leaseId(spec.lease), ttl: spec.ttl }) };
    case "revoke":
      return { kind: "revoke", request: LeaseRevokeRequest.create({ id: leaseId(spec.lease) }) };
    case "keepAlive":
      return { kind: "keepAlive", request: LeaseKeepAliveRequest.create({ id: leaseId(spec.lease) }) };
    case "timeToLive":
      return { kind: "timeToLive", request: LeaseTimeToLiveRequest.create({ id: leaseId(spec.lease), keys: true }) };
    case "leases":
      return { kind: "leases", request: LeaseLeasesRequest.create() };
    default:
      return spec satisfies never;
  }
}

function start(life: Life, { kind, request }: Request, done: (answer: Answer<AnyCall["response"]>) => void): void {
  if (kind !== "keepAlive") {
    life.calls.call(methods[kind] as MethodInfo<unknown, never>, request, done);
    return;
  }
  const stream = life.calls.open(Lease.LeaseKeepAlive, {
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
