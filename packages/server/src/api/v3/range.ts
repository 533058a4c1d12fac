/**
 * Range: what can be read in one turn is answered at once, anything longer is read in slices at its fixed revision, so
 * that neither writes nor heartbeats wait behind it. Stored bytes are spliced into the answer as they are.
 */
import { etcdError, RangeRequest, raw, services } from "@etcd-ts/proto";
import type { UnaryCall } from "@etcd-ts/wire";
import type { Member } from "../../member/index.ts";
import { checkRange, type Failure, isFailure, type RangeResult } from "../../mvcc/index.ts";
import { answerLongRange } from "./long-range.ts";
import type { LongReads } from "./long-reads.ts";
import { failCall, guard, type V3Router } from "./unary.ts";

/** Work of the first turn: bytes of records, and keys looked at. */
const firstSlice = { bytesMax: 1024 * 1024, keysMax: 2048 } as const;

/** Registers Range. */
export function registerRange(router: V3Router, parts: { member: Member; reads: LongReads }): void {
  router.server.unary(services.KV.Range.path, (call) => {
    guard(router, call, () => range({ ...parts, router, call }, RangeRequest.decode(call.message)));
  });
}

interface RangeCall {
  readonly router: V3Router;
  readonly member: Member;
  readonly reads: LongReads;
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
  if (request.rangeEnd.length === 0) return answer(from, unwrap(store.range(request)));
  const cursor = unwrap(store.openRange(request));
  const kvs = cursor.next(firstSlice);
  const { headerRevision: revision, more, count } = cursor;
  if (cursor.done) answer(from, { revision, kvs, more, count });
  else if (from.call.cancelled) cursor.close();
  else answerLongRange({ ...from, request }, { cursor, kvs });
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
