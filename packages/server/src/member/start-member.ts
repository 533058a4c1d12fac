/**
 * Brings a member to life: opens its disk, founds the cluster if the disk is empty, opens the replicated state, checks that all of it
 * belongs together, and lets the consensus core run. Whatever fails on the way closes what was opened.
 */
import {
  checkBootstrap,
  formatId,
  foundCluster,
  parseInitialCluster,
  type ReadonlyMember,
} from "../membership/index.ts";
import { Member } from "./member.ts";
import { type MemberOptions, type MemberPorts, memberPaths } from "./member-options.ts";
import { openState } from "./member-state.ts";
import { checkStoreBehindLog, type Identity, type MemberStorage, openStorage } from "./open-storage.ts";

/** Told when a started member cannot go on. */
export interface MemberEvents {
  onFatal(error: Error): void;
}

/** Starts a member; resolves when it runs, which is before it has a leader (see `Member.published`). */
export async function startMember(ports: MemberPorts, options: MemberOptions, events: MemberEvents): Promise<Member> {
  const founding = founders(options);
  const storage = await openStorage(ports, options, () => identityOf(founding(), options));
  try {
    const member = openMember({ ports, options, events, storage });
    member.run(storage.fresh ? founding().members : []);
    return member;
  } catch (error) {
    await storage.wal.close();
    await storage.lock.release();
    throw error;
  }
}

interface Opening {
  readonly ports: MemberPorts;
  readonly options: MemberOptions;
  readonly events: MemberEvents;
  readonly storage: MemberStorage;
}

function openMember({ ports, options, events, storage }: Opening): Member {
  const { memberId, clusterId } = storage.identity;
  const backend = ports.openBackend(memberPaths(options).store);
  let member: Member | undefined;
  const state = openState(ports, options, { backend, identity: storage.identity, term: () => member?.term ?? 0 });
  checkStoreBehindLog(storage.raftLog, state.store.appliedIndex);
  ports.log.info("starting local member", {
    "local-member-id": formatId(memberId),
    "cluster-id": formatId(clusterId),
    "applied-index": state.store.appliedIndex,
    "last-index": storage.raftLog.lastIndex(),
  });
  member = new Member({ ports, options, storage, state, onFatal: events.onFatal });
  return member;
}

interface Founding {
  readonly clusterId: bigint;
  readonly members: readonly ReadonlyMember[];
}

/** Reads `--initial-cluster` when it is first needed: a member that was started before ignores it, as etcd does. */
function founders(options: MemberOptions): () => Founding {
  let founding: Founding | undefined;
  return () => {
    founding ??= found(options);
    return founding;
  };
}

function found(options: MemberOptions): Founding {
  const cluster = parseInitialCluster(options.initialCluster);
  if (!cluster.ok) throw new Error(cluster.error);
  const { name, advertisePeerUrls } = options;
  const problem = checkBootstrap(cluster.value, { name, advertisePeerUrls });
  if (problem !== undefined) throw new Error(problem);
  const founded = foundCluster(cluster.value, options.initialClusterToken);
  if (!founded.ok) throw new Error(founded.error);
  return founded.value;
}

function identityOf(founding: Founding, { name }: MemberOptions): Identity {
  const self = founding.members.find((member) => member.name === name);
  if (self === undefined) throw new Error(`couldn't find local name "${name}" in the initial cluster configuration`);
  return { memberId: self.id, clusterId: founding.clusterId };
}
