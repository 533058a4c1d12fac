/**
 * What a member refuses before it reaches the log: proposals while applying lags far behind what is committed, which would only
 * grow the lag, and requests larger than an entry may be. Every member checks for itself, follower or leader, as in etcd.
 */
import { type EtcdError, etcdError } from "@etcd-ts/proto";

/** Committed entries that may wait to be applied before proposals are refused; etcd's figure. */
export const applyLagMax = 5_000;

/** What decides whether a proposal is taken. */
export interface ProposalWeight {
  /** Of the whole log entry. */
  readonly sizeBytes: number;
  readonly sizeBytesMax: number;
  readonly committedIndex: number;
  readonly appliedIndex: number;
}

/** Why a proposal is refused; undefined when it may go on. */
export function refusalOf({
  sizeBytes,
  sizeBytesMax,
  committedIndex,
  appliedIndex,
}: ProposalWeight): EtcdError | undefined {
  if (committedIndex - appliedIndex > applyLagMax) return etcdError("requestTooManyRequests");
  return sizeBytes > sizeBytesMax ? etcdError("requestTooLarge") : undefined;
}
