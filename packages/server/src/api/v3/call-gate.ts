/**
 * Stands before every call of the v3 API and refuses those that this member cannot serve now: a learner answers serializable
 * ranges, Status and Snapshot only; a call whose metadata says `hasleader: true` is refused while there is no leader, and a
 * stream that says so ends when there has been none for three election timeouts. All of it as in etcd.
 */
import { type EtcdError, etcdError, RangeRequest, services } from "@etcd-ts/proto";
import type { ServerCall, StreamCall, UnaryCall } from "@etcd-ts/wire";
import type { Member } from "../../member/index.ts";
import { LeaderStream } from "./leader-stream.ts";
import { statusOf, type V3Methods } from "./unary.ts";

/** What the gate asks of its member. */
export interface GateMember {
  readonly isLearner: boolean;
  readonly leaderId: bigint;
  readonly cluster: { readonly leaders: Pick<Member["cluster"]["leaders"], "onMissing"> };
}

/** Registers methods on the server behind it, each with the checks in front. */
export class CallGate implements V3Methods {
  readonly #server: V3Methods;
  readonly #member: GateMember;
  readonly #streams = new Set<LeaderStream>();

  constructor(server: V3Methods, member: GateMember) {
    this.#server = server;
    this.#member = member;
    member.cluster.leaders.onMissing(() => {
      for (const stream of [...this.#streams]) stream.lose(statusOf(etcdError("noLeader")));
    });
  }

  unary(path: string, handler: (call: UnaryCall) => void): void {
    this.#server.unary(path, (call) => {
      const refusal = this.#refusalOf(call, () => isForLearners(call));
      if (refusal === undefined) handler(call);
      else call.fail(statusOf(refusal));
    });
  }

  stream(path: string, handler: (call: StreamCall) => void): void {
    this.#server.stream(path, (call) => {
      const refusal = this.#refusalOf(call, () => path === services.Maintenance.Snapshot.path);
      if (refusal !== undefined) call.end(statusOf(refusal));
      else if (needsLeader(call)) handler(this.#track(call));
      else handler(call);
    });
  }

  /** Streams that end when the leader is missing. */
  get trackedCount(): number {
    return this.#streams.size;
  }

  #refusalOf(call: ServerCall, isForLearner: () => boolean): EtcdError | undefined {
    if (this.#member.isLearner && !isForLearner()) return etcdError("notSupportedForLearner");
    return this.#member.leaderId === 0n && needsLeader(call) ? etcdError("noLeader") : undefined;
  }

  #track(call: StreamCall): LeaderStream {
    const stream = new LeaderStream(call, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    return stream;
  }
}

function needsLeader(call: ServerCall): boolean {
  return call.metadata.get("hasleader") === "true";
}

function isForLearners({ path, message }: UnaryCall): boolean {
  if (path === services.Maintenance.Status.path) return true;
  if (path !== services.KV.Range.path) return false;
  try {
    return RangeRequest.decode(message).serializable;
  } catch {
    // The handler says what is wrong with it.
    return true;
  }
}
