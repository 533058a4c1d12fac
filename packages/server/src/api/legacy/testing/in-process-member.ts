/**
 * A member that applies what is proposed at once, to a tree of its own: enough for the APIs before v3 to run without a
 * cluster. Expiry comes from `sync`, as a leader would propose it. A member that was added never comes, so that the
 * quorum is lost and proposals fail, as in the recordings.
 */
import { etcdError, Request } from "@etcd-ts/proto";
import type { Clock, FollowerStats } from "../../../ports/index.ts";
import { MemoryBackend } from "../../../testing/index.ts";
import {
  type NodeView,
  nanosOf,
  type ReadOptions,
  recordAddedMember,
  recordAttributes,
  recordClusterVersion,
  recordMachine,
  recordRemovedMember,
  recordUpdatedMember,
  storedKeysPieces,
  type V2Failure,
  type V2Result,
  type V2Stats,
  V2Store,
  type V2Watcher,
  type WatchOptions,
} from "../../../v2/index.ts";
import type { ClusterMember, MembershipOutcome, SelfStats, V2Member } from "../../v2/index.ts";

import { recordFirstClusterConfig } from "../index.ts";

/** The releases that can be served. */
export type Dialect = "0.2" | "0.3" | "0.4" | "2.3" | "3.4";

/** How a member begins. */
export interface InProcessMemberOptions {
  readonly dialect: Dialect;
  readonly name: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
  readonly clock: Clock;
}

const ownId = 0x8e9e05c52164694dn;

/** The member. */
export class InProcessMember implements V2Member {
  readonly id = ownId;
  readonly clusterId = 0xcdf818194e3a8c32n;
  readonly #backend = new MemoryBackend();
  readonly store: V2Store = V2Store.open({ backend: this.#backend });
  readonly #clock: Clock;
  readonly #startTimeMs: number;
  #members: ClusterMember[];
  /** Who leads, as far as this member knows; tests set it. */
  leader: bigint | undefined = ownId;
  #hasQuorum = true;
  #raftIndex = 3;

  constructor({ dialect, name, peerUrl, clientUrl, clock }: InProcessMemberOptions) {
    this.#clock = clock;
    this.#startTimeMs = clock.wallMs();
    this.#members = [{ id: ownId, name, peerUrls: [peerUrl], clientUrls: [clientUrl] }];
    for (const request of foundingRequests({ dialect, name, peerUrl, clientUrl })) this.store.apply(request);
  }

  /** Expires what is due. */
  sync(): void {
    if (!this.store.hasTtlKeys) return;
    this.#raftIndex++;
    this.store.apply(Request.create({ method: "SYNC", time: nanosOf(this.#clock.wallMs()) }));
  }

  index(): number {
    return this.store.index;
  }

  raftIndex(): number {
    return this.#raftIndex;
  }

  raftTerm(): number {
    return 2;
  }

  nowMs(): number {
    return this.#clock.wallMs();
  }

  /** The request takes the way through the log's bytes, as in a real member. */
  propose(request: Request): Promise<V2Result> {
    if (!this.#hasQuorum) return Promise.reject(etcdError("timeout"));
    this.#raftIndex++;
    return Promise.resolve(this.store.apply(Request.decode(Request.encode(request))));
  }

  read(options: ReadOptions): V2Result {
    return this.store.read(options);
  }

  peek(path: string): NodeView | undefined {
    return this.store.peek(path);
  }

  watch(options: WatchOptions): V2Watcher | V2Failure {
    return this.store.watch(options);
  }

  members(): readonly ClusterMember[] {
    return this.#members;
  }

  leaderId(): bigint | undefined {
    return this.leader;
  }

  addMember(peerUrls: readonly string[]): Promise<ClusterMember | Exclude<MembershipOutcome, "done">> {
    if (!this.#hasQuorum) return Promise.reject(etcdError("timeout"));
    if (this.#isTaken(peerUrls, 0n)) return Promise.resolve("peerUrlExists");
    const added: ClusterMember = { id: 0x1234567890abcdefn, name: "", peerUrls, clientUrls: [] };
    this.#members = [added, ...this.#members];
    this.store.apply(recordAddedMember({ ...added, isLearner: false }));
    this.#hasQuorum = false;
    return Promise.resolve(added);
  }

  removeMember(id: bigint): Promise<MembershipOutcome> {
    if (!this.#members.some((one) => one.id === id)) return Promise.resolve("notFound");
    this.#members = this.#members.filter((one) => one.id !== id);
    for (const request of recordRemovedMember(id)) this.store.apply(request);
    return Promise.resolve("done");
  }

  updateMember(id: bigint, peerUrls: readonly string[]): Promise<MembershipOutcome> {
    if (this.#isTaken(peerUrls, id)) return Promise.resolve("peerUrlExists");
    if (!this.#members.some((one) => one.id === id)) return Promise.resolve("notFound");
    this.#members = this.#members.map((one) => (one.id === id ? { ...one, peerUrls } : one));
    this.store.apply(recordUpdatedMember({ id, peerUrls, isLearner: false }));
    return Promise.resolve("done");
  }

  storeStats(): V2Stats {
    return this.store.stats;
  }

  async *keysSnapshot(): AsyncGenerator<Uint8Array> {
    this.store.stage();
    await this.#backend.commit();
    yield* storedKeysPieces(this.#backend.view(), this.store.stats);
  }

  selfStats(): SelfStats {
    return {
      isLeader: true,
      startTimeMs: this.#startTimeMs,
      leaderStartTimeMs: this.#startTimeMs,
      recvAppendRequestCount: 0,
      sendAppendRequestCount: 0,
    };
  }

  followerStats(): readonly FollowerStats[] {
    return [];
  }

  #isTaken(peerUrls: readonly string[], except: bigint): boolean {
    return this.#members.some((one) => one.id !== except && one.peerUrls.some((url) => peerUrls.includes(url)));
  }
}

/** What a member of each generation writes before its first client: it decides the index of the first key. */
function foundingRequests(options: Omit<InProcessMemberOptions, "clock">): Request[] {
  const { dialect, name, peerUrl, clientUrl } = options;
  if (dialect === "2.3" || dialect === "3.4")
    return [
      recordAddedMember({ id: ownId, peerUrls: [peerUrl], isLearner: false }),
      recordAttributes({ id: ownId, name, clientUrls: [clientUrl] }),
      recordClusterVersion(`${dialect}.0`),
    ];
  const config = dialect === "0.4" ? [recordFirstClusterConfig()] : [];
  return [recordMachine({ dialect, name, peerUrl, clientUrl }), ...config];
}
