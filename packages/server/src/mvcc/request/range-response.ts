/** A range's answer: stored records go into the response as they are, nothing is decoded. */
import type { raw } from "@etcd-ts/proto";
import type { RangeResult } from "../store.ts";
import { revisionHeader } from "./applied.ts";

/** The response, its header carrying the revision alone. */
export function rangeResponse({ revision, kvs, more, count }: RangeResult): raw.RangeResponseRaw {
  return { header: revisionHeader(revision), kvs, more, count };
}
