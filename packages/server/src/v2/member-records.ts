/**
 * What the v2 tree of every member also holds: the members of the cluster and the cluster's version, below `/0`, and for
 * releases before 2.0 the machines and the configuration below the keys themselves. etcd's members write these when a
 * change of membership or an attribute is applied; they are part of snapshots, and every one moves the index by one.
 * The functions give the requests; the first three are applied with the change itself, they are not in the log.
 */

import { Request } from "@etcd-ts/proto";
import { quote } from "../lib/go-json.ts";
import { namespaces } from "./paths.ts";

/** The facts of a member that are kept in the tree. */
export interface RecordedMember {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** A member joined. */
export function recordAddedMember(member: Pick<RecordedMember, "id" | "peerUrls" | "isLearner">): Request {
  return Request.create({ method: "PUT", path: raftAttributes(member.id), val: raftValue(member), prevExist: false });
}

/** A member has other peer URLs, or was promoted. */
export function recordUpdatedMember(member: Pick<RecordedMember, "id" | "peerUrls" | "isLearner">): Request {
  return Request.create({ method: "PUT", path: raftAttributes(member.id), val: raftValue(member), prevExist: true });
}

/** A member left, for good. */
export function recordRemovedMember(id: bigint): Request[] {
  return [
    Request.create({ method: "DELETE", path: memberPath(id), dir: true, recursive: true }),
    Request.create({
      method: "PUT",
      path: `${namespaces.members}/removed_members/${id.toString(16)}`,
      prevExist: false,
    }),
  ];
}

/** A member publishes its name and client URLs; this one goes through the log. */
export function recordAttributes({
  id,
  name,
  clientUrls,
}: Pick<RecordedMember, "id" | "name" | "clientUrls">): Request {
  const fields = [
    ...(name === "" ? [] : [`"name":${quote(name)}`]),
    ...(clientUrls.length === 0 ? [] : [`"clientURLs":[${clientUrls.map(quote).join(",")}]`]),
  ];
  return Request.create({ method: "PUT", path: `${memberPath(id)}/attributes`, val: `{${fields.join(",")}}` });
}

/** The cluster agrees on a version, `3.4.0`; this one goes through the log. */
export function recordClusterVersion(version: string): Request {
  return Request.create({ method: "PUT", path: `${namespaces.members}/version`, val: version });
}

/** A machine joins as releases before 2.0 know it, with one URL of each kind; this one goes through the log. */
export function recordMachine({
  dialect,
  name,
  peerUrl,
  clientUrl,
}: {
  dialect: "0.2" | "0.3" | "0.4";
  name: string;
  peerUrl: string;
  clientUrl: string;
}): Request {
  const [peer, client] = [encodeURIComponent(peerUrl), encodeURIComponent(clientUrl)];
  const val = dialect === "0.2" ? `raft=${peerUrl}&etcd=${clientUrl}` : `etcd=${client}&raft=${peer}`;
  return Request.create({ method: "PUT", path: `${machinesPath}/${name}`, val });
}

/** A machine leaves; this one goes through the log. */
export function recordMachineGone(name: string): Request {
  return Request.create({ method: "DELETE", path: `${machinesPath}/${name}` });
}

/** Where releases before 2.0 keep their machines. */
export const machinesPath: string = `${namespaces.keys}/_etcd/machines`;
/** Where 0.4 keeps the cluster's configuration. */
export const clusterConfigPath: string = `${namespaces.keys}/_etcd/config`;

function memberPath(id: bigint): string {
  return `${namespaces.members}/members/${id.toString(16)}`;
}

function raftAttributes(id: bigint): string {
  return `${memberPath(id)}/raftAttributes`;
}

function raftValue({ peerUrls, isLearner }: Pick<RecordedMember, "peerUrls" | "isLearner">): string {
  return `{"peerURLs":[${peerUrls.map(quote).join(",")}]${isLearner ? ',"isLearner":true' : ""}}`;
}
