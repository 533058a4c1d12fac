/**
 * Brings a member to life: opens its disk, founds the cluster if the disk is empty, opens the replicated state, checks that all of it
 * belongs together, and lets the consensus core run. Whatever fails on the way closes what was opened.
 */
import { formatId } from "../membership/index.ts";
import type { PeerNetwork } from "../ports/index.ts";
import { forceNewCluster } from "./force-new-cluster.ts";
import { importSnapshot } from "./import-snapshot.ts";
import { Member } from "./member.ts";
import { type MemberOptions, type MemberPorts, memberPaths } from "./member-options.ts";
import { type MemberState, openState } from "./member-state.ts";
import { checkStoreBehindLog, type MemberStorage, openStorage } from "./open-storage.ts";
import { planStart, type StartPlan } from "./plan-start.ts";
import { SnapshotInbox } from "./snapshot-inbox.ts";

/** Told when a started member cannot go on. */
export interface MemberEvents {
  onFatal(error: Error): void;
  /** The member was removed from its cluster; it has to be stopped. */
  onRemoved(): void;
}

/** Starts a member; resolves when it runs, which is before it has a leader (see `Member.published`). */
export async function startMember(ports: MemberPorts, options: MemberOptions, events: MemberEvents): Promise<Member> {
  // A member that was started before knows its cluster from its disk and ignores the flags for starting, as etcd does.
  let plan: StartPlan | undefined;
  const storage = await openStorage(ports, options, async () => {
    plan = await planStart(ports, options, { resuming: false });
    return plan.identity;
  });
  let network: PeerNetwork | undefined;
  try {
    if (storage.fresh) plan ??= await resumeStart(ports, options, storage);
    else if (ports.discovery?.kind === "join") ports.log.warn(ignoredDiscovery, { "data-dir": options.dataDir });
    const { version, advertisePeerUrls } = options;
    network = ports.openNetwork({ ...storage.identity, version, advertisePeerUrls });
    const member = await openMember({ ports, options, events, storage, network });
    member.run(plan?.founders ?? [], plan?.members ?? member.membership.members);
    return member;
  } catch (error) {
    await network?.close();
    await storage.wal.close();
    await storage.lock.release();
    throw error;
  }
}

const ignoredDiscovery = "discovery token is ignored since cluster already initialized; valid logs are found";

/** A first start that was interrupted goes on where it was, or its flags must be put right. */
async function resumeStart(
  ports: MemberPorts,
  options: MemberOptions,
  { identity }: MemberStorage,
): Promise<StartPlan> {
  const plan = await planStart(ports, options, { resuming: true });
  const { memberId, clusterId } = plan.identity;
  if (memberId === identity.memberId && clusterId === identity.clusterId) return plan;
  const [planned, kept] = [plan.identity, identity].map(
    (one) => `${formatId(one.memberId)} of ${formatId(one.clusterId)}`,
  );
  throw new Error(`the flags make this member ${planned}, but its data directory was made for member ${kept}`);
}

interface Opening {
  readonly ports: MemberPorts;
  readonly options: MemberOptions;
  readonly events: MemberEvents;
  readonly storage: MemberStorage;
  readonly network: PeerNetwork;
}

type Forcing = Pick<Opening, "ports" | "options"> & { readonly state: MemberState };

async function openMember({ ports, options, events, storage, network }: Opening): Promise<Member> {
  const { memberId, clusterId } = storage.identity;
  const { store, snapshots: dir } = memberPaths(options);
  let backend = ports.openBackend(store);
  const inbox = new SnapshotInbox({ ...ports, dir });
  await inbox.complete(storage.snapshot, backend);
  if (await importSnapshot({ ports, options, storage, backend })) backend = ports.openBackend(store);
  let member: Member | undefined;
  const state = openState(ports, options, { backend, identity: storage.identity, term: () => member?.term ?? 0 });
  checkStoreBehindLog(storage.raftLog, state.store.appliedIndex);
  await force(storage, { ports, options, state });
  ports.log.info("starting local member", {
    "local-member-id": formatId(memberId),
    "cluster-id": formatId(clusterId),
    "applied-index": state.store.appliedIndex,
    "last-index": storage.raftLog.lastIndex(),
  });
  member = new Member({ ports, options, storage, state, network, inbox, ...events });
  return member;
}

async function force(storage: MemberStorage, { ports, options, state }: Forcing): Promise<void> {
  if (options.forceNewCluster !== true) return;
  const { log } = ports;
  // As in etcd, where it says nothing: an operator who meant another data directory should see it.
  if (storage.fresh) return log.warn("--force-new-cluster is ignored: the data directory is empty");
  const { appliedIndex } = state.store;
  const { advertisePeerUrls: peerUrls } = options;
  await forceNewCluster({ storage, members: state.membership.members, appliedIndex, peerUrls, log });
}
