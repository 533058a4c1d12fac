/**
 * What a normal entry of the log asks for. Two forms share the log, as in etcd's: requests of v3 in an InternalRaftRequest,
 * and bare requests of v2, which are recognised by not being one.
 */
import { DecodeError, type InternalRequestView, peekInternalRequest, Request } from "@etcd-ts/proto";

/** A request of v3, still encoded, or one of v2. */
export type LogRequest = InternalRequestView | { readonly field: "v2"; readonly id: bigint; readonly request: Request };

const idTag = 0x08;
const methodTag = 0x12;

/** Reads an entry's data; throws `DecodeError` when it is neither form. */
export function readLogRequest(data: Uint8Array): LogRequest {
  if (beginsWithMethod(data)) return asV2(data);
  const view = peek(data);
  if (view !== undefined && view.field !== "v2") return view;
  return asV2(view === undefined ? data : view.raw);
}

function asV2(data: Uint8Array): LogRequest {
  const request = Request.decode(data);
  return { field: "v2", id: request.id, request };
}

/**
 * Whether these are an id and then field 2 with capital letters: a v2 method. In a request of v3 field 2 is a message, and none
 * of ours or Go's begins with such a byte. Only a short cut: trying and failing to read the other form costs an error's stack.
 */
function beginsWithMethod(data: Uint8Array): boolean {
  if (data[0] !== idTag) return false;
  let at = 1;
  while ((data[at] ?? 0) >= 0x80) at++;
  const [tag = 0, length = 0, first = 0] = data.subarray(at + 1, at + 4);
  return tag === methodTag && length >= 3 && length <= 6 && first >= 0x41 && first <= 0x5a;
}

function peek(data: Uint8Array): InternalRequestView | undefined {
  try {
    return peekInternalRequest(data);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
