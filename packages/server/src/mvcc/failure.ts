/** Outcomes that are not what was asked for, as values: applying and reading never throw for these. */
import type { EtcdErrorCode } from "@etcd-ts/proto";

/** A request that is answered with an error of the table. */
export interface Failure {
  readonly error: EtcdErrorCode;
}

/** Makes a failure. */
export function failure(error: EtcdErrorCode): Failure {
  return { error };
}

/** Tells a failure from a result. */
export function isFailure(outcome: object): outcome is Failure {
  return "error" in outcome;
}
