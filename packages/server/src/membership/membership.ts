/**
 * Who belongs to the cluster: a replicated, deterministic state machine, changed only by committed entries and kept in
 * the buckets `members` (id in hexadecimal → JSON), `members_removed` (id → "removed") and `cluster` (version,
 * downgrade), as etcd keeps them. A removed id never comes back. Before a change is applied, `validate` says whether it
 * still holds: everybody then skips it alike.
 */
import type { EtcdErrorCode } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import { type Backend, type Bucket, buckets } from "../ports/index.ts";
import { compareIds, formatId, parseId } from "./ids.ts";
import { decodeMember, encodeMember, type ReadonlyMember } from "./member-json.ts";

/** A change as the log carries it. */
export type MembershipChange =
  | { readonly type: "add"; readonly member: ReadonlyMember }
  | { readonly type: "promote"; readonly id: bigint }
  | { readonly type: "remove"; readonly id: bigint }
  | { readonly type: "update"; readonly id: bigint; readonly peerUrls: readonly string[] };

/** Why a change no longer holds: keys of the error table. */
export type MembershipRefusal =
  | "membershipIdRemoved"
  | "membershipIdExists"
  | "membershipIdNotFound"
  | "membershipPeerUrlExists"
  | "membershipNotLearner"
  | "membershipTooManyLearners";

/** What clients are told; members among themselves use the refusal's own text. */
export const refusalForClients = {
  membershipIdRemoved: "memberNotFound",
  membershipIdExists: "memberExist",
  membershipIdNotFound: "memberNotFound",
  membershipPeerUrlExists: "peerUrlExist",
  membershipNotLearner: "memberNotLearner",
  membershipTooManyLearners: "tooManyLearners",
} as const satisfies Record<MembershipRefusal, EtcdErrorCode>;

/** A downgrade under way; `enabled: false` when there is none. */
export interface DowngradeInfo {
  readonly targetVersion: string;
  readonly enabled: boolean;
}

/** What a member says about itself once it runs. */
export interface MemberAttributes {
  readonly name: string;
  readonly clientUrls: readonly string[];
}

/** A stored member or version that cannot be read: the data is damaged. */
export class MembershipCorruptionError extends Error {
  override readonly name = "MembershipCorruptionError";
  readonly bucket: Bucket;
  readonly key: string;

  constructor(options: { bucket: Bucket; key: string; reason: string }) {
    super(`bucket ${options.bucket}, key ${JSON.stringify(options.key)}: ${options.reason}`);
    this.bucket = options.bucket;
    this.key = options.key;
  }
}

/** Members read at once when loading. */
const PAGE = 1000;
const removedMark = encodeText("removed");
const clusterVersionKey = encodeText("clusterVersion");
const downgradeKey = encodeText("downgrade");

export class Membership {
  readonly #backend: Backend;
  readonly #maxLearners: number;
  /** Sorted by id. Never changed in place, so it can be handed out. */
  #members: readonly ReadonlyMember[] = [];
  readonly #removed = new Set<bigint>();
  #clusterVersion: string | undefined;
  #downgrade: DowngradeInfo = { targetVersion: "", enabled: false };

  /** Loads what the backend holds; throws `MembershipCorruptionError` when it cannot be read. */
  constructor({ backend, maxLearners }: { backend: Backend; maxLearners: number }) {
    this.#backend = backend;
    this.#maxLearners = maxLearners;
    this.reload();
  }

  /** Reads everything anew: after a snapshot has replaced the backend's content. */
  reload(): void {
    this.#removed.clear();
    for (const { id } of this.#entries(buckets.membersRemoved)) this.#removed.add(id);
    const members = this.#entries(buckets.members).map(({ id, key, value }) => {
      const member = decodeMember(value, id);
      if (!member.ok) throw new MembershipCorruptionError({ bucket: buckets.members, key, reason: member.error });
      return member.value;
    });
    this.#members = members.sort((left, right) => compareIds(left.id, right.id));
    const version = this.#backend.get(buckets.cluster, clusterVersionKey);
    this.#clusterVersion = version && decodeText(version);
    this.#downgrade = this.#readDowngrade();
  }

  /** All members, sorted by id. The list and its members never change; a later call gives a new one. */
  get members(): readonly ReadonlyMember[] {
    return this.#members;
  }

  /** Members that vote, sorted by id. */
  get voters(): readonly ReadonlyMember[] {
    return this.#members.filter((member) => !member.isLearner);
  }

  /** The member with this id, if there is one. */
  member(id: bigint): ReadonlyMember | undefined {
    return this.#members.find((member) => member.id === id);
  }

  /** Whether the id belonged to a member that was removed; it cannot come back. */
  isRemoved(id: bigint): boolean {
    return this.#removed.has(id);
  }

  /** `major.minor.0`, or `undefined` while the cluster has not agreed on one. */
  get clusterVersion(): string | undefined {
    return this.#clusterVersion;
  }

  /** The downgrade under way, if any. */
  get downgrade(): DowngradeInfo {
    return this.#downgrade;
  }

  /** Why the change must be skipped; `undefined` when it holds. Every member asks before applying. */
  validate(change: MembershipChange): MembershipRefusal | undefined {
    const id = change.type === "add" ? change.member.id : change.id;
    if (this.#removed.has(id)) return "membershipIdRemoved";
    const member = this.member(id);
    switch (change.type) {
      case "add":
        return member === undefined ? this.#validateAdd(change.member) : "membershipIdExists";
      case "promote":
        if (member === undefined) return "membershipIdNotFound";
        return member.isLearner ? undefined : "membershipNotLearner";
      case "remove":
        return member === undefined ? "membershipIdNotFound" : undefined;
      case "update":
        if (member === undefined) return "membershipIdNotFound";
        return this.#isTaken(change.peerUrls, id) ? "membershipPeerUrlExists" : undefined;
      default:
        return change satisfies never;
    }
  }

  /** Applies a change that `validate` has let pass, at the same place of the log. */
  apply(change: MembershipChange): void {
    assert(this.validate(change) === undefined, () => `membership change ${change.type} does not hold`);
    if (change.type === "remove") this.#remove(change.id);
    else this.#save(this.#changed(change));
  }

  /** A member's own announcement; one about a removed member is late and is dropped. */
  setAttributes(id: bigint, { name, clientUrls }: MemberAttributes): void {
    const member = this.member(id);
    if (member !== undefined) this.#save({ ...member, name, clientUrls: [...clientUrls] });
    else assert(this.#removed.has(id), () => `attributes of ${formatId(id)}, which was never a member`);
  }

  /** Agrees on a version, `major.minor.0`. */
  setClusterVersion(version: string): void {
    this.#clusterVersion = version;
    this.#backend.put(buckets.cluster, clusterVersionKey.slice(), encodeText(version));
  }

  /** Starts or ends a downgrade. */
  setDowngrade(downgrade: DowngradeInfo): void {
    this.#downgrade = downgrade;
    const value = JSON.stringify({ "target-version": downgrade.targetVersion, enabled: downgrade.enabled });
    this.#backend.put(buckets.cluster, downgradeKey.slice(), encodeText(value));
  }

  #changed(change: Exclude<MembershipChange, { type: "remove" }>): ReadonlyMember {
    switch (change.type) {
      case "add":
        return change.member;
      case "promote":
        return { ...this.member(change.id)!, isLearner: false };
      case "update":
        return { ...this.member(change.id)!, peerUrls: [...change.peerUrls] };
      default:
        return change satisfies never;
    }
  }

  #validateAdd(member: ReadonlyMember): MembershipRefusal | undefined {
    if (this.#isTaken(member.peerUrls, member.id)) return "membershipPeerUrlExists";
    const learners = this.#members.length - this.voters.length;
    return member.isLearner && learners + 1 > this.#maxLearners ? "membershipTooManyLearners" : undefined;
  }

  #isTaken(peerUrls: readonly string[], byOtherThan: bigint): boolean {
    const others = this.#members.filter((member) => member.id !== byOtherThan);
    return others.some((member) => member.peerUrls.some((url) => peerUrls.includes(url)));
  }

  #save(member: ReadonlyMember): void {
    const others = this.#members.filter((other) => other.id !== member.id);
    this.#members = [...others, member].sort((left, right) => compareIds(left.id, right.id));
    this.#backend.put(buckets.members, encodeText(formatId(member.id)), encodeMember(member));
  }

  #remove(id: bigint): void {
    this.#members = this.#members.filter((member) => member.id !== id);
    this.#removed.add(id);
    this.#backend.delete(buckets.members, encodeText(formatId(id)));
    this.#backend.put(buckets.membersRemoved, encodeText(formatId(id)), removedMark.slice());
  }

  #readDowngrade(): DowngradeInfo {
    const value = this.#backend.get(buckets.cluster, downgradeKey);
    if (value === undefined) return { targetVersion: "", enabled: false };
    try {
      const fields = JSON.parse(decodeText(value)) as Record<string, unknown>;
      return { targetVersion: String(fields["target-version"] ?? ""), enabled: fields["enabled"] === true };
    } catch {
      throw new MembershipCorruptionError({ bucket: buckets.cluster, key: "downgrade", reason: "not a JSON object" });
    }
  }

  #entries(bucket: Bucket): { id: bigint; key: string; value: Uint8Array }[] {
    const found: { id: bigint; key: string; value: Uint8Array }[] = [];
    let start: Uint8Array = new Uint8Array(0);
    for (;;) {
      const page = this.#backend.slice(bucket, { start, limit: PAGE });
      for (const { key, value } of page) found.push({ ...this.#parseKey(bucket, key), value });
      if (page.length < PAGE) return found;
      start = Uint8Array.of(...page.at(-1)!.key, 0);
    }
  }

  #parseKey(bucket: Bucket, key: Uint8Array): { id: bigint; key: string } {
    const text = decodeText(key);
    const id = parseId(text);
    if (id === undefined) throw new MembershipCorruptionError({ bucket, key: text, reason: "not a member id" });
    return { id, key: text };
  }
}

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
