/**
 * Compares of a transaction. A missing key compares as if all its numbers were 0, but a value compare of it is false
 * whatever the operator. Over an interval every key must hold; an empty one is judged like a missing key. The union member
 * of another target counts as unset, an operator nobody knows as true.
 */
import { type Compare, CompareResult, CompareTarget, KeyValue } from "@etcd-ts/proto";
import { compareBytes } from "../../lib/bytes.ts";
import { intervalOf, isSingleKey } from "../key-range.ts";
import type { MvccStore } from "../store.ts";

/** What a compare looks at. */
type Compared = Pick<KeyValue, "createRevision" | "modRevision" | "version">;

const missing = KeyValue.create();

/** Whether the compare holds now. */
export function holds(store: MvccStore, compare: Compare): boolean {
  if (isSingleKey(compare.rangeEnd)) return holdsForKey(store, compare);
  const interval = intervalOf(compare.key, compare.rangeEnd);
  const found = store.every(interval, (record) => holdsFor(KeyValue.decode(record), compare));
  return found.count === 0 ? holdsForMissing(compare) : found.holds;
}

function holdsForKey(store: MvccStore, compare: Compare): boolean {
  const { target } = compare;
  if (target === CompareTarget.VALUE || target === CompareTarget.LEASE) {
    const record = store.get(compare.key, Number.MAX_SAFE_INTEGER);
    return record === undefined ? holdsForMissing(compare) : holdsFor(KeyValue.decode(record), compare);
  }
  // The numbers are in the index: no record is read for the compares that locks and leases are made of.
  const state = store.newest(compare.key);
  return state === undefined ? holdsForMissing(compare) : operatorHolds(compareNumber(state, compare), compare.result);
}

function holdsForMissing(compare: Compare): boolean {
  return compare.target !== CompareTarget.VALUE && holdsFor(missing, compare);
}

function holdsFor(kv: KeyValue, compare: Compare): boolean {
  switch (compare.target) {
    case CompareTarget.VALUE:
      return operatorHolds(compareBytes(kv.value, compare.value ?? missing.value), compare.result);
    case CompareTarget.LEASE:
      return operatorHolds(order(kv.lease, compare.lease ?? 0n), compare.result);
    default:
      return operatorHolds(compareNumber(kv, compare), compare.result);
  }
}

function compareNumber(kv: Compared, compare: Compare): number {
  switch (compare.target) {
    case CompareTarget.VERSION:
      return order(kv.version, compare.version ?? 0);
    case CompareTarget.CREATE:
      return order(kv.createRevision, compare.createRevision ?? 0);
    case CompareTarget.MOD:
      return order(kv.modRevision, compare.modRevision ?? 0);
    default:
      return 0;
  }
}

function order<T extends number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function operatorHolds(difference: number, result: CompareResult): boolean {
  switch (result) {
    case CompareResult.EQUAL:
      return difference === 0;
    case CompareResult.NOT_EQUAL:
      return difference !== 0;
    case CompareResult.GREATER:
      return difference > 0;
    case CompareResult.LESS:
      return difference < 0;
    default:
      return true;
  }
}
