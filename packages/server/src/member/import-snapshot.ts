/**
 * Starts from a log and a snapshot file that another server left, without a live store: what `etcdctl backup` makes of a data
 * directory. The file's data is the v2 tree, in which the members and the version of the cluster stand too; the log goes on
 * from there. Everything is committed at once, so a start that is cut off begins anew.
 *
 * A bbolt file beside it is not read. One that holds anything of version 3 is refused: it would be gone without a word.
 */
import { Membership, parseId } from "../membership/index.ts";
import { readAppliedIndex, writeApplied } from "../mvcc/index.ts";
import type { Backend } from "../ports/index.ts";
import { nameOf, namespaces, V2Store } from "../v2/index.ts";
import { writeConfState } from "./conf-state-record.ts";
import { type MemberOptions, type MemberPorts, memberPaths } from "./member-options.ts";
import type { MemberStorage } from "./open-storage.ts";
import { holdsV3State } from "./v3-database.ts";

const versionPath = `${namespaces.members}/version`;

/** A directory as it was opened. */
export interface Import {
  readonly ports: Pick<MemberPorts, "disk" | "clock" | "log" | "metrics">;
  readonly options: Pick<MemberOptions, "dataDir" | "walDir" | "maxLearners">;
  readonly storage: Pick<MemberStorage, "snapshot" | "snapshots">;
  readonly backend: Backend;
}

/**
 * Fills an empty live store from the snapshot file, if there is one with a tree; tells whether it did. The backend is of no use
 * then: whoever goes on opens it again.
 */
export async function importSnapshot({ ports, options, storage, backend }: Import): Promise<boolean> {
  const { snapshot, snapshots } = storage;
  if (snapshot === undefined || readAppliedIndex(backend) > 0) return false;
  const data = await snapshots.readData(snapshot);
  if (data.length === 0) return false;
  const v2 = V2Store.open({ backend });
  v2.restoreSnapshot(data);
  await checkNoV3(v2, { ports, path: `${memberPaths(options).snapshots}/db` });
  v2.stage();
  takeMembers(v2, new Membership({ backend, maxLearners: Number.POSITIVE_INFINITY }));
  writeConfState(backend, snapshot.metadata.confState);
  writeApplied(backend, snapshot.metadata);
  await backend.commit();
  ports.log.info("restored the v2 tree of a snapshot file", { "snapshot-index": snapshot.metadata.index });
  await backend.close();
  return true;
}

/** A directory of our own whose live store was lost looks alike, but has no bbolt file and is not of a release before 3.0. */
async function checkNoV3(v2: V2Store, { ports, path }: { ports: Import["ports"]; path: string }): Promise<void> {
  const { disk } = ports;
  if ((await disk.stat(path)) === undefined) {
    if (v2.peek(versionPath)?.value?.startsWith("2.") === true) return;
    throw new Error("the live store is missing, and the snapshot file has the v2 keys only");
  }
  const file = await disk.open(path, "read");
  try {
    if (await holdsV3State(file)) throw new Error(`${path} holds state of version 3, which this server cannot read`);
  } finally {
    await file.close();
  }
}

/** The members as the tree tells them. */
function takeMembers(v2: V2Store, membership: Membership): void {
  const path = namespaces.members;
  for (const { id, at } of idsBelow(v2, `${path}/members`)) {
    const { peerURLs, isLearner } = jsonAt(v2, `${at}/raftAttributes`);
    const { name, clientURLs } = jsonAt(v2, `${at}/attributes`);
    const [peerUrls, clientUrls] = [textsOf(peerURLs), textsOf(clientURLs)];
    const member = { id, name: String(name ?? ""), peerUrls, clientUrls, isLearner: isLearner === true };
    membership.apply({ type: "add", member });
  }
  for (const { id } of idsBelow(v2, `${path}/removed_members`)) {
    membership.apply({ type: "add", member: { id, name: "", peerUrls: [], clientUrls: [], isLearner: false } });
    membership.apply({ type: "remove", id });
  }
  const version = v2.peek(versionPath)?.value;
  if (version !== undefined) membership.setClusterVersion(version);
}

function idsBelow(v2: V2Store, path: string): { id: bigint; at: string }[] {
  const found = (v2.peek(path)?.nodes ?? []).map(({ key }) => ({ id: parseId(nameOf(key)), at: key }));
  return found.filter((one): one is { id: bigint; at: string } => one.id !== undefined);
}

function jsonAt(v2: V2Store, path: string): Readonly<Record<string, unknown>> {
  const text = v2.peek(path)?.value;
  try {
    return text === undefined ? {} : (JSON.parse(text) as Record<string, unknown>);
  } catch (cause) {
    throw new Error(`the snapshot file's tree has no JSON at ${path}`, { cause });
  }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
