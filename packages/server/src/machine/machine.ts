/**
 * The replicated state machine: applies the request of one committed log entry to the folders that hold state.
 * Deterministic: the same entries give the same state on every member; time, randomness and this member's identity do not enter.
 * A request that is refused (no space, unknown lease, …) is refused alike everywhere and changes nothing.
 */
import {
  AlarmAction,
  AlarmRequest,
  CompactionRequest,
  DecodeError,
  DeleteRangeRequest,
  EMPTY_BYTES,
  EtcdError,
  type EtcdErrorCode,
  etcdError,
  LeaseCheckpointRequest,
  type LeaseCheckpointResponse,
  LeaseGrantRequest,
  type LeaseGrantResponse,
  LeaseRevokeRequest,
  type LeaseRevokeResponse,
  membershippb,
  PutRequest,
  type Request,
  type ResponseHeader,
  TxnRequest,
} from "@etcd-ts/proto";
import type { Alarms } from "../alarm/index.ts";
import type { Lessor } from "../lease/index.ts";
import { type Membership, refusalForClients } from "../membership/index.ts";
import type { Applied, Failure, MvccStore, RevisionEvents } from "../mvcc/index.ts";
import { applyDeleteRange, applyPut, applyTxn, intervalOf, isFailure } from "../mvcc/index.ts";
import type { Logger } from "../ports/index.ts";
import type { V2Store } from "../v2/index.ts";
import type { AppliedResponses, CompactionApplied, Outcome, RequestField } from "./applied-request.ts";
import { type Growth, refusalByAlarm, txnGrowth } from "./capped.ts";
import { readLogRequest } from "./log-request.ts";
import type { CommittedChange } from "./membership-change.ts";
import { V2Machine } from "./v2-machine.ts";

/** The state that entries change. */
export interface MachineParts {
  readonly store: MvccStore;
  readonly lessor: Lessor;
  readonly alarms: Alarms;
  readonly membership: Membership;
  readonly v2: V2Store;
  readonly log: Logger;
  /** Told of every write, in order, before the next entry is applied. */
  onEvents(events: RevisionEvents): void;
}

type Appliers = { [Field in Exclude<RequestField, "v2">]: (raw: Uint8Array) => AppliedResponses[Field] };

export class Machine {
  readonly #parts: MachineParts;
  readonly #appliers: Appliers;
  readonly #v2: V2Machine;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.#appliers = this.#createAppliers();
    this.#v2 = new V2Machine(parts);
  }

  /** Applies the data of a normal entry; returns the id its proposer knows it by, and what came of it. */
  apply(data: Uint8Array): [id: bigint, outcome: Outcome] {
    const entry = readLogRequest(data);
    if ("request" in entry) return [entry.id, this.applyV2(entry.request)];
    const { id, field, raw } = entry;
    if (field === undefined || !(field in this.#appliers)) {
      this.#parts.log.warn("skipped an entry that this release does not know", { field: field ?? "unknown" });
      return [id, { error: etcdError("notCapable"), response: undefined }];
    }
    return [id, this.#outcome(field as keyof Appliers, raw)];
  }

  /** Applies a request of v2. */
  applyV2(request: Request): Outcome {
    try {
      return { error: undefined, response: this.#v2.apply(request) };
    } catch (error) {
      return refused(error);
    }
  }

  /** To be called after every batch of entries, before the live store may commit them as applied. */
  stage(): void {
    this.#parts.v2.stage();
  }

  /** Applies a membership change that still holds; tells whether it does. */
  applyChange({ change, legacy }: CommittedChange): Outcome {
    if (change === undefined) return { error: undefined, response: undefined };
    const { membership, log } = this.#parts;
    const refusal = membership.validate(change);
    if (refusal !== undefined) {
      log.warn("skipped a membership change that no longer holds", { reason: refusal });
      return { error: etcdError(refusalForClients[refusal]), response: undefined };
    }
    membership.apply(change);
    this.#v2.recordChange(change, { legacy });
    return { error: undefined, response: membership.members };
  }

  #outcome(field: keyof Appliers, raw: Uint8Array): Outcome {
    try {
      return { error: undefined, response: this.#appliers[field](raw) };
    } catch (error) {
      return refused(error);
    }
  }

  #createAppliers(): Appliers {
    return {
      put: (raw) => this.#put(raw),
      deleteRange: (raw) => this.#deleteRange(raw),
      txn: (raw) => this.#txn(raw),
      compaction: (raw) => this.#compact(CompactionRequest.decode(raw).revision),
      leaseGrant: (raw) => this.#grant(LeaseGrantRequest.decode(raw)),
      leaseRevoke: (raw) => this.#revoke(LeaseRevokeRequest.decode(raw).id),
      leaseCheckpoint: (raw) => this.#checkpoint(LeaseCheckpointRequest.decode(raw)),
      alarm: (raw) => this.#alarm(AlarmRequest.decode(raw)),
      clusterVersionSet: (raw) => this.#setVersion(membershippb.ClusterVersionSetRequest.decode(raw).ver),
      clusterMemberAttrSet: (raw) => this.#setAttributes(membershippb.ClusterMemberAttrSetRequest.decode(raw)),
    };
  }

  #put(raw: Uint8Array): AppliedResponses["put"] {
    this.#admit("grows");
    const { store, lessor } = this.#parts;
    return this.#written(applyPut(store, PutRequest.decode(raw), { leases: lessor }));
  }

  #deleteRange(raw: Uint8Array): AppliedResponses["deleteRange"] {
    this.#admit("shrinks");
    const { store, lessor } = this.#parts;
    return this.#written(applyDeleteRange(store, DeleteRangeRequest.decode(raw), { leases: lessor }));
  }

  #txn(raw: Uint8Array): AppliedResponses["txn"] {
    const request = TxnRequest.decode(raw);
    this.#admit(txnGrowth(request));
    const { store, lessor } = this.#parts;
    return this.#written(applyTxn(store, request, { leases: lessor }));
  }

  #compact(revision: number): CompactionApplied {
    this.#admit("shrinks");
    const { store } = this.#parts;
    const compaction = store.compact(revision);
    if (isFailure(compaction)) throw etcdError(compaction.error);
    return { revision: store.currentRevision, done: compaction.done };
  }

  #grant({ id, ttl }: LeaseGrantRequest): LeaseGrantResponse {
    this.#admit("grows");
    const granted = this.#parts.lessor.grant(id, ttl);
    if (granted.outcome !== "granted") throw etcdError(grantErrors[granted.outcome]);
    return { header: this.#header(), id, ttl: granted.ttl, error: "" };
  }

  #revoke(id: bigint): LeaseRevokeResponse {
    this.#admit("shrinks");
    const { store, lessor } = this.#parts;
    const keys = lessor.revoke(id);
    if (keys === undefined) throw etcdError("leaseNotFound");
    const changes = store.write(lessor, (txn) => {
      for (const key of keys) txn.deleteRange(intervalOf(key, EMPTY_BYTES));
    });
    if (changes !== undefined) this.#parts.onEvents(changes);
    return { header: this.#header() };
  }

  #checkpoint({ checkpoints }: LeaseCheckpointRequest): LeaseCheckpointResponse {
    for (const { id, remainingTtl } of checkpoints) this.#parts.lessor.checkpoint(id, remainingTtl);
    return { header: this.#header() };
  }

  #alarm({ action, memberId, alarm }: AlarmRequest): AppliedResponses["alarm"] {
    const { alarms } = this.#parts;
    if (action === AlarmAction.GET) return { header: undefined, alarms: [...alarms.get(alarm)] };
    const changed =
      action === AlarmAction.ACTIVATE ? alarms.activate(memberId, alarm) : alarms.deactivate(memberId, alarm);
    return { header: undefined, alarms: changed === undefined ? [] : [changed] };
  }

  #setVersion(version: string): undefined {
    this.#parts.membership.setClusterVersion(version);
    this.#v2.recordVersion(version);
  }

  #setAttributes({ memberId, memberAttributes }: membershippb.ClusterMemberAttrSetRequest): undefined {
    const attributes = memberAttributes ?? { name: "", clientUrls: [] };
    this.#parts.membership.setAttributes(memberId, attributes);
    this.#v2.recordAttributes(memberId, attributes);
  }

  /** Passes the events of a write on; an outcome that is a failure becomes the entry's error. */
  #written<Response>(outcome: Applied<Response> | Failure): Response {
    if (isFailure(outcome)) throw etcdError(outcome.error);
    if (outcome.changes !== undefined) this.#parts.onEvents(outcome.changes);
    if (outcome.isTooLarge === true) throw etcdError("answerTooLarge");
    return outcome.response;
  }

  #admit(growth: Growth): void {
    const refusal = refusalByAlarm(this.#parts.alarms, growth);
    if (refusal !== undefined) throw refusal;
  }

  #header(): ResponseHeader {
    return { clusterId: 0n, memberId: 0n, revision: this.#parts.store.currentRevision, raftTerm: 0 };
  }
}

/** Refusals are part of the protocol; anything else is a bug of ours, and this member must not go on differing from others. */
function refused(error: unknown): Outcome {
  if (error instanceof EtcdError || error instanceof DecodeError) return { error, response: undefined };
  throw error;
}

const grantErrors = {
  leaseExists: "leaseExist",
  leaseTtlTooLarge: "leaseTtlTooLarge",
  leaseNotFound: "leaseNotFound",
} as const satisfies Record<string, EtcdErrorCode>;
