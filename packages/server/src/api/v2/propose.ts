/** Proposals from handlers: what a member cannot do now becomes an answer. */
import { EtcdError, type Request } from "@etcd-ts/proto";
import type { V2Result } from "../../v2/index.ts";
import type { V2Member } from "./v2-member.ts";

/** Proposes; what the member cannot do now is an internal error with its text for a cause. */
export function propose(request: Request, member: V2Member): Promise<V2Result> {
  return member.propose(request).catch(asFailure);
}

function asFailure(error: unknown): V2Result {
  if (!(error instanceof EtcdError)) throw error;
  return { failure: { code: 300, cause: error.message, index: 0 } };
}
