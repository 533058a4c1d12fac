/**
 * Opens the replicated state from the live store: each part reads its own buckets, then the parts that refer to each
 * other are tied together (keys to their leases, writes to the watchers).
 */
import { KeyValue } from "@etcd-ts/proto";
import { Alarms } from "../alarm/index.ts";
import { Lessor, minLeaseTtl } from "../lease/index.ts";
import { Machine } from "../machine/index.ts";
import { Membership } from "../membership/index.ts";
import { MvccStore, type RevisionEvents } from "../mvcc/index.ts";
import { WatchHub } from "../mvcc/watch/index.ts";
import type { Backend } from "../ports/index.ts";
import { declareV2Metrics, V2Store } from "../v2/index.ts";
import { electionTicks, type MemberOptions, type MemberPorts } from "./member-options.ts";
import type { Identity } from "./open-storage.ts";

/** The replicated state, opened and consistent. */
export interface MemberState {
  readonly backend: Backend;
  readonly store: MvccStore;
  readonly lessor: Lessor;
  readonly alarms: Alarms;
  readonly membership: Membership;
  readonly watchHub: WatchHub;
  /** The key space of v2. */
  readonly v2: V2Store;
  readonly machine: Machine;
}

export interface StateSource {
  readonly backend: Backend;
  readonly identity: Identity;
  /** The current raft term, for the headers of watch answers. */
  term(): number;
}

/** Opens every part; throws when stored state cannot be read. */
export function openState(ports: MemberPorts, options: MemberOptions, source: StateSource): MemberState {
  const { backend } = source;
  const { clock, log, metrics } = ports;
  const store = MvccStore.open(
    { backend, clock, log, metrics },
    { compactionPauseMs: options.compactionSleepMs, compactionBatchMax: options.compactionBatchLimit },
  );
  const minTtl = minLeaseTtl({ electionTicks: electionTicks(options), tickMs: options.heartbeatMs });
  const lessor = Lessor.open({ backend, clock, log, metrics, options: { minTtl } });
  attachLeases(store, lessor);
  const alarms = new Alarms({ backend });
  const membership = new Membership({ backend, maxLearners: options.maxLearners });
  const v2 = V2Store.open({ backend });
  declareV2Metrics(metrics, v2);
  const watchHub = openHub(ports, options, { ...source, store });
  const onEvents = ({ revision, events }: RevisionEvents) => watchHub.notify(revision, events);
  const machine = new Machine({ store, lessor, alarms, membership, v2, log, onEvents });
  return { backend, store, lessor, alarms, membership, watchHub, v2, machine };
}

/** Reads everything anew: a snapshot has replaced the live store's content. Watchers go on from where they were. */
export function reloadState({ store, lessor, alarms, membership, v2, watchHub }: MemberState): void {
  store.reload();
  lessor.reload();
  attachLeases(store, lessor);
  alarms.reload();
  membership.reload();
  v2.reload();
  watchHub.restored();
}

function attachLeases(store: MvccStore, lessor: Lessor): void {
  store.forEachLeased((record) => {
    const { key, lease } = KeyValue.decode(record);
    lessor.attach(lease, key);
  });
}

function openHub(ports: MemberPorts, options: MemberOptions, source: StateSource & { store: MvccStore }): WatchHub {
  const { clock, log, metrics } = ports;
  const { memberId, clusterId } = source.identity;
  return new WatchHub({
    history: source.store,
    clock,
    log,
    metrics,
    headers: { at: (revision) => ({ clusterId, memberId, revision, raftTerm: source.term() }) },
    options: {
      maxRequestBytes: options.maxRequestBytes,
      progressIntervalMs: options.watchProgressNotifyIntervalMs,
    },
  });
}
