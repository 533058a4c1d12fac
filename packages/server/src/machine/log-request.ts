/**
 * What a normal entry of the log asks for. Two forms share the log, as in etcd's: requests of v3 in an InternalRaftRequest,
 * and bare requests of v2, which are recognised by not being one.
 */
import { DecodeError, type InternalRequestView, peekInternalRequest, Request } from "@etcd-ts/proto";

/** A request of v3, still encoded, or one of v2. */
export type LogRequest = InternalRequestView | { readonly field: "v2"; readonly id: bigint; readonly request: Request };

/** Reads an entry's data; throws `DecodeError` when it is neither form. */
export function readLogRequest(data: Uint8Array): LogRequest {
  const view = peek(data);
  if (view !== undefined && view.field !== "v2") return view;
  const request = Request.decode(view === undefined ? data : view.raw);
  return { field: "v2", id: request.id, request };
}

function peek(data: Uint8Array): InternalRequestView | undefined {
  try {
    return peekInternalRequest(data);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
