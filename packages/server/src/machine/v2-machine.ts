/**
 * Applies the v2 requests of the log to the v2 tree, and writes into it what the tree also holds of the cluster: members,
 * their attributes, the cluster's version. etcd's members do the same at the same entries, so indexes agree.
 */
import { etcdError, type Request } from "@etcd-ts/proto";
import type { Membership, MembershipChange } from "../membership/index.ts";
import { parseId } from "../membership/index.ts";
import {
  namespaces,
  recordAddedMember,
  recordAttributes,
  recordClusterVersion,
  recordRemovedMember,
  recordUpdatedMember,
  UnknownV2MethodError,
  type V2Result,
  type V2Store,
  v2Methods,
} from "../v2/index.ts";

const attributesPath = new RegExp(`^${namespaces.members}/members/([0-9a-f]{1,16})/attributes$`);
const versionPath = `${namespaces.members}/version`;
const membersPath = `${namespaces.members}/members`;

/** The state that v2 requests change. */
export interface V2MachineParts {
  readonly v2: V2Store;
  readonly membership: Membership;
}

export class V2Machine {
  readonly #v2: V2Store;
  readonly #membership: Membership;

  constructor({ v2, membership }: V2MachineParts) {
    this.#v2 = v2;
    this.#membership = membership;
  }

  /** Applies a request; throws `EtcdError` when no release knows its method. */
  apply(request: Request): V2Result {
    if (isPlainSet(request)) {
      const id = parseId(attributesPath.exec(request.path)?.[1] ?? "");
      if (id !== undefined) return this.#published(id, request.val);
      if (request.path === versionPath) return this.#agreed(request.val);
    }
    return this.#applyToTree(request);
  }

  /**
   * Writes down a change of membership. A cluster founded as releases before 2.0 did has no members in the tree, and then
   * their indexes are those that its clients expect: `legacy` says that a founder is of such a cluster.
   */
  recordChange(change: MembershipChange, { legacy }: { readonly legacy: boolean }): void {
    const isFirst = this.#v2.index === 0;
    if (isFirst ? legacy : !this.#recordsMembers) return;
    this.#record(requestsOf(change, this.#membership));
  }

  /** Writes down what a member published about itself. */
  recordAttributes(id: bigint, attributes: { readonly name: string; readonly clientUrls: readonly string[] }): void {
    if (this.#recordsMembers) this.#record([recordAttributes({ id, ...attributes })]);
  }

  /** Writes down the version the cluster has agreed on. */
  recordVersion(version: string): void {
    if (this.#recordsMembers) this.#record([recordClusterVersion(version)]);
  }

  get #recordsMembers(): boolean {
    return this.#v2.peek(membersPath) !== undefined;
  }

  #record(requests: readonly Request[]): void {
    for (const request of requests) this.#v2.apply(request);
  }

  #applyToTree(request: Request): V2Result {
    try {
      return this.#v2.apply(request);
    } catch (error) {
      if (error instanceof UnknownV2MethodError) throw etcdError("unknownMethod");
      throw error;
    }
  }

  /** Members of 3.4 and before publish themselves by writing to the tree; nobody waits for the answer. */
  #published(id: bigint, text: string): V2Result {
    const attributes = parseAttributes(text);
    this.#membership.setAttributes(id, attributes);
    this.recordAttributes(id, attributes);
    return {};
  }

  #agreed(version: string): V2Result {
    this.#membership.setClusterVersion(version);
    this.recordVersion(version);
    return {};
  }
}

function isPlainSet({ method, path, prevExist, prevIndex, prevValue }: Request): boolean {
  if (method !== v2Methods.put || !path.startsWith(`${namespaces.members}/`)) return false;
  return prevExist === undefined && prevIndex === 0 && prevValue === "";
}

function requestsOf(change: MembershipChange, membership: Membership): Request[] {
  switch (change.type) {
    case "add":
      return [recordAddedMember(change.member)];
    case "remove":
      return recordRemovedMember(change.id);
    case "promote":
    case "update":
      return [recordUpdatedMember(membership.member(change.id)!)];
    default:
      return change satisfies never;
  }
}

function parseAttributes(text: string): { name: string; clientUrls: string[] } {
  try {
    const { name, clientURLs } = JSON.parse(text) as Record<string, unknown>;
    const clientUrls = Array.isArray(clientURLs) ? clientURLs.filter((url) => typeof url === "string") : [];
    return { name: typeof name === "string" ? name : "", clientUrls };
  } catch {
    throw new Error(`the attributes of a member cannot be read: ${text}`);
  }
}
