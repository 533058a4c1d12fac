/**
 * No key may be written twice in a transaction: not put twice, nor put and deleted. Deletes may overlap each other, and the
 * two branches of one nested transaction may write the same key, since only one is taken. As in etcd, the puts of a nested
 * transaction are held against the deletes of its own level above and of the nested ones before it.
 *
 * Unlike in etcd, a delete without end (from a key on) counts in full, unless the options ask for its mistake: there, what it
 * deletes may be put again, which can stop the server.
 */
import type { RequestOp } from "@etcd-ts/proto";
import { SortedBytesMap } from "../../lib/sorted-bytes-map.ts";
import { type Failure, failure } from "../failure.ts";
import { intervalOf } from "../key-range.ts";
import type { CheckOptions } from "./check-request.ts";
import { IntervalSet } from "./interval-set.ts";

/** What the operations of a branch write. */
interface Written {
  readonly puts: SortedBytesMap<true>;
  readonly deletes: IntervalSet;
}

const duplicate = failure("duplicateKey");
const FIRST_KEY = new Uint8Array(0);

/** Finds a key that the operations of a branch write twice. */
export function checkOverlap(operations: readonly RequestOp[], options: CheckOptions = {}): Failure | undefined {
  const written = collect(operations, options);
  return "error" in written ? written : undefined;
}

function collect(operations: readonly RequestOp[], options: CheckOptions): Written | Failure {
  const written: Written = { puts: new SortedBytesMap(), deletes: new IntervalSet() };
  for (const { requestDeleteRange } of operations) {
    if (requestDeleteRange === undefined) continue;
    const interval = intervalOf(requestDeleteRange.key, requestDeleteRange.rangeEnd);
    if (interval.end !== undefined || options.lenientFromKey !== true) written.deletes.add(interval);
  }
  for (const { requestTxn } of operations) {
    if (requestTxn === undefined) continue;
    const [success, otherwise] = [collect(requestTxn.success, options), collect(requestTxn.failure, options)];
    if ("error" in success) return success;
    if ("error" in otherwise) return otherwise;
    if (!addNested(written, success, otherwise)) return duplicate;
  }
  for (const { requestPut } of operations) {
    if (requestPut !== undefined && !addPut(written, requestPut.key)) return duplicate;
  }
  return written;
}

/** Adds what a nested transaction writes; answers whether that is free of duplicates. */
function addNested(written: Written, success: Written, otherwise: Written): boolean {
  let free = true;
  success.puts.scan({ start: FIRST_KEY }, (key) => {
    free = addPut(written, key);
    return free;
  });
  if (!free) return false;
  otherwise.puts.scan({ start: FIRST_KEY }, (key) => {
    const other = success.puts.get(key) === true;
    free = other ? true : addPut(written, key);
    return free;
  });
  for (const interval of success.deletes.intervals) written.deletes.add(interval);
  for (const interval of otherwise.deletes.intervals) written.deletes.add(interval);
  return free;
}

function addPut({ puts, deletes }: Written, key: Uint8Array): boolean {
  return !deletes.contains(key) && puts.set(key, true) === undefined;
}
