/** What applying a request gives, and what it needs from outside. */
import { ResponseHeader } from "@etcd-ts/proto";
import type { RevisionEvents } from "../stored-event.ts";
import type { LeaseKeeper } from "../write-txn.ts";

/** Where a request is applied. */
export interface ApplyContext {
  readonly leases: LeaseKeeper;
  /** Longest answer of a transaction; default `answerBytesMax`. */
  readonly answerBytesMax?: number;
}

/** An applied request. The response's header carries the revision alone: who answers fills in the rest. */
export interface Applied<Response> {
  readonly response: Response;
  /** What changed; `undefined` when nothing did. */
  readonly changes: RevisionEvents | undefined;
  /** The changes hold, but their answer is incomplete, because it would be larger than any that is sent. */
  readonly isTooLarge?: boolean;
}

/** A header with the revision alone, as answers inside transactions have it. */
export function revisionHeader(revision: number): ResponseHeader {
  return ResponseHeader.create({ revision });
}
