/**
 * Member and cluster ids, computed as etcd computes them, so that the same `--initial-cluster` gives the same ids here
 * and there. A member's id is the hash of its sorted peer addresses and the cluster's token (and, when it joins at run
 * time, the second it was added); the cluster's is the hash of its first members' ids.
 */
import { sha1Prefix64 } from "./sha1.ts";
import { compareText } from "./urls.ts";

/** The id of a member; `unixSeconds` only for members added to a running cluster. */
export function computeMemberId(
  peerUrls: readonly string[],
  { token, unixSeconds }: { token: string; unixSeconds?: number | undefined },
): bigint {
  const moment = unixSeconds === undefined ? "" : String(Math.floor(unixSeconds));
  const text = [...peerUrls].sort(compareText).join("") + token + moment;
  return sha1Prefix64(new TextEncoder().encode(text));
}

/** The id of a cluster founded by these members. */
export function computeClusterId(memberIds: readonly bigint[]): bigint {
  const sorted = [...memberIds].sort(compareIds);
  const bytes = new DataView(new ArrayBuffer(8 * sorted.length));
  for (const [i, id] of sorted.entries()) bytes.setBigUint64(8 * i, id);
  return sha1Prefix64(new Uint8Array(bytes.buffer));
}

/** Ids are printed, logged and stored in hexadecimal without leading zeros. */
export function formatId(id: bigint): string {
  return id.toString(16);
}

/** The id behind such a text; `undefined` when it is none. */
export function parseId(text: string): bigint | undefined {
  return /^[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}

/** Order of ids as unsigned numbers. */
export function compareIds(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
