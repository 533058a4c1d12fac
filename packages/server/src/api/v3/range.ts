/**
 * Range: one key is answered at once, anything longer is read in slices at its fixed revision, a slice each event-loop turn, so
 * that neither writes nor heartbeats wait behind it. Stored bytes are spliced into the answer as they are.
 */
import { etcdError, RangeRequest, raw, services } from "@etcd-ts/proto";
import type { UnaryCall } from "@etcd-ts/wire";
import type { Member } from "../../member/index.ts";
import { checkRange, type Failure, isFailure, type RangeCursor, type RangeResult } from "../../mvcc/index.ts";
import { failCall, guard, type V3Router } from "./unary.ts";

/** Work of one turn: bytes of answers, and keys looked at. */
const slice = { bytesMax: 1024 * 1024, keysMax: 4096 } as const;

/** Registers Range. */
export function registerRange(router: V3Router, member: Member): void {
  router.server.unary(services.KV.Range.path, (call) => {
    guard(router, call, () => range({ router, member, call }, RangeRequest.decode(call.message)));
  });
}

interface RangeCall {
  readonly router: V3Router;
  readonly member: Member;
  readonly call: UnaryCall;
}

function range(from: RangeCall, request: RangeRequest): void {
  const refusal = checkRange(request);
  if (refusal !== undefined) throw etcdError(refusal.error);
  if (request.serializable) return read(from, request);
  from.member.linearizableRead((error) => {
    if (error === undefined) guard(from.router, from.call, () => read(from, request));
    else failCall(from.router, from.call, error);
  });
}

function read(from: RangeCall, request: RangeRequest): void {
  const { store } = from.member;
  if (request.rangeEnd.length === 0 || request.countOnly) return answer(from, unwrap(store.range(request)));
  readSlices(from, unwrap(store.openRange(request)), []);
}

function readSlices(from: RangeCall, cursor: RangeCursor, kvs: Uint8Array[]): void {
  for (const kv of cursor.next(slice)) kvs.push(kv);
  if (cursor.done) {
    const { headerRevision: revision, more, count } = cursor;
    answer(from, { revision, kvs, more, count });
  } else if (from.call.cancelled) cursor.close();
  else from.member.endOfTurn(() => guard(from.router, from.call, () => readSlices(from, cursor, kvs)));
}

function answer({ member, call }: RangeCall, { revision, kvs, more, count }: RangeResult): void {
  const { RangeResponseRaw } = raw;
  const response = { header: member.header(revision), kvs, more, count };
  call.replyWith(RangeResponseRaw.sizeOf(response), (buffer, offset) =>
    RangeResponseRaw.encodeInto(response, buffer, offset),
  );
}

function unwrap<T extends object>(outcome: T | Failure): T {
  if (isFailure(outcome)) throw etcdError((outcome as Failure).error);
  return outcome as T;
}
