/**
 * A machine on fakes for tests of one member: its disk, and what its live store has committed, survive the member. Time passes
 * only while a test waits for something.
 */
import assert from "node:assert/strict";
import { PutRequest, RangeRequest } from "@etcd-ts/proto";
import { isFailure } from "../../mvcc/index.ts";
import { type ClusterDiscovery, type Logger, type PeerClient, silentLogger } from "../../ports/index.ts";
import {
  FakeClock,
  FakeDisk,
  LonelyNetwork,
  MemoryBackend,
  MemoryDisk,
  RecordedMetrics,
  SeededRandom,
} from "../../testing/index.ts";
import type { Member } from "../member.ts";
import type { MemberOptions } from "../member-options.ts";
import type { Proposed } from "../member-parts.ts";
import { startMember } from "../start-member.ts";

const url = "http://localhost:2380";
/** A member that is alone; tests change what they are about. */
export const baseOptions = {
  name: "m1",
  dataDir: "m1.etcd",
  walDir: undefined,
  initialCluster: `m1=${url}`,
  initialClusterState: "new",
  initialClusterToken: "etcd-cluster",
  strictReconfigCheck: true,
  advertisePeerUrls: [url],
  advertiseClientUrls: ["http://localhost:2379"],
  heartbeatMs: 100,
  electionMs: 1000,
  preVote: true,
  snapshotCount: 10_000,
  snapshotCatchupEntries: 5000,
  maxSnapshots: 5,
  maxWals: 5,
  autoCompaction: { mode: "off" },
  warningApplyMs: 100,
  quotaBackendBytes: undefined,
  maxRequestBytes: 1.5 * 1024 * 1024,
  maxTxnOps: 128,
  maxLearners: 1,
  watchProgressNotifyIntervalMs: 600_000,
  compactionBatchLimit: 1000,
  compactionSleepMs: 10,
  version: "3.7.1",
} satisfies MemberOptions;

/** Longest chain of promises between two things that happen on fakes. */
const hopsMax = 100;

/** See the top of this file. */
export class Machine {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(7);
  disk = new FakeDisk({ random: this.random });
  store = new MemoryDisk();
  log: Logger = silentLogger;
  /** Whom a member asks that has no cluster yet. */
  peerClient: PeerClient = new LonelyNetwork();
  discovery: ClusterDiscovery | undefined;
  /** The address of a host. */
  addressOf = async (host: string): Promise<string> => host;

  /** Starts the member and waits until it serves. */
  async start(options: Partial<MemberOptions> = {}): Promise<Member> {
    const member = await this.begin(options);
    await this.until(() => member.serving);
    return member;
  }

  /** Starts the member, which may have to wait for others. */
  begin(options: Partial<MemberOptions> = {}): Promise<Member> {
    const { clock, random, disk, log, peerClient, discovery, addressOf } = this;
    const dns = { address: addressOf, services: async () => [] };
    const openBackend = () => new MemoryBackend({ disk: this.store });
    const openNetwork = () => new LonelyNetwork();
    const metrics = new RecordedMetrics();
    const ports = { clock, random, disk, log, metrics, openBackend, openNetwork, peerClient, discovery, dns };
    const onFatal = (error: Error) => assert.fail(error.message);
    return startMember(ports, { ...baseOptions, ...options }, { onFatal, onRemoved() {} });
  }

  /** Lets time and pending work pass until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let round = 0; round < 10_000 && !condition(); round++) await this.pass(10);
    assert.ok(condition(), "waited in vain");
  }

  /** Lets this much time, and what is pending, pass. */
  async pass(byMs: number): Promise<void> {
    this.clock.runTurn();
    this.clock.advance(byMs);
    for (let hop = 0; hop < hopsMax; hop++) await undefined;
  }

  /** Starts something and waits for its end. */
  async done<T>(start: (done: (error?: Error, value?: T) => void) => void): Promise<T | undefined> {
    const outcome: { error?: Error | undefined; value?: T | undefined; isDone?: boolean } = {};
    start((error, value) => Object.assign(outcome, { error, value, isDone: true }));
    await this.until(() => outcome.isDone === true);
    if (outcome.error !== undefined) throw outcome.error;
    return outcome.value;
  }
}

/** UTF-8. */
export const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);

/** Puts a key with its own name as the value, and waits. */
export function put(machine: Machine, member: Member, key: string): Promise<unknown> {
  const request = PutRequest.encode(PutRequest.create({ key: text(key), value: text(key) }));
  return machine.done((done) => member.propose("put", request, done as Proposed<"put">));
}

/** Keys in the member's store. */
export function countOf(member: Member): number {
  const all = RangeRequest.create({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0), countOnly: true });
  const result = member.store.range(all);
  assert.ok(!isFailure(result));
  return result.count;
}
