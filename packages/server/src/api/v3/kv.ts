/**
 * The KV service. Writes are checked, weighed against the quota and put into the log as the bytes they arrived as; their answers are
 * assembled around stored bytes. Ranges are linearizable unless asked otherwise.
 */
import {
  type CompactionResponse,
  DeleteRangeRequest,
  etcdError,
  PutRequest,
  raw,
  services,
  TxnRequest,
} from "@etcd-ts/proto";
import type { UnaryCall } from "@etcd-ts/wire";
import { type Member, putCostBytes, txnCostBytes } from "../../member/index.ts";
import { checkDeleteRange, checkPut, checkTxn, isReadOnly } from "../../mvcc/index.ts";
import { LongReads } from "./long-reads.ts";
import { registerRange } from "./range.ts";
import { registerRangeStream } from "./range-stream.ts";
import { type ReadTxnParts, readTxn } from "./read-txn.ts";
import { failCall, guard, serveUnary, type V3Router } from "./unary.ts";

/** Registers the calls of the KV service. */
export function registerKv(router: V3Router, member: Member): void {
  const { KV } = services;
  const reads = new LongReads((run) => member.endOfTurn(run));
  registerRange(router, { member, reads });
  registerRangeStream(router, { member, reads });
  serveWrite(router, { path: KV.Put.path, handle: (call) => put(router, member, call) });
  serveWrite(router, { path: KV.DeleteRange.path, handle: (call) => deleteRange(router, member, call) });
  serveWrite(router, { path: KV.Txn.path, handle: (call) => txn({ router, member, reads, call }) });
  serveUnary(router, KV.Compact, (request, reply, call) => {
    member.propose("compaction", call.message, (error, applied) => {
      if (error !== undefined || applied === undefined) return reply(error);
      const response: CompactionResponse = { header: member.header(applied.revision) };
      if (!request.physical) return reply(undefined, response);
      applied.done.then(() => reply(undefined, response), reply);
    });
  });
}

function serveWrite(router: V3Router, route: { path: string; handle: (call: UnaryCall) => void }): void {
  router.server.unary(route.path, (call) => guard(router, call, () => route.handle(call)));
}

function put(router: V3Router, member: Member, call: UnaryCall): void {
  const request = PutRequest.decode(call.message);
  const refusal = checkPut(request);
  if (refusal !== undefined) throw etcdError(refusal.error);
  if (!member.admits(putCostBytes(request))) throw etcdError("noSpace");
  member.propose("put", call.message, (error, response) => {
    if (response === undefined) return failCall(router, call, error);
    response.header = member.header(response.header?.revision ?? 0);
    call.reply(raw.PutResponseRaw.encode(response));
  });
}

function deleteRange(router: V3Router, member: Member, call: UnaryCall): void {
  const refusal = checkDeleteRange(DeleteRangeRequest.decode(call.message));
  if (refusal !== undefined) throw etcdError(refusal.error);
  member.propose("deleteRange", call.message, (error, response) => {
    if (response === undefined) return failCall(router, call, error);
    response.header = member.header(response.header?.revision ?? 0);
    call.reply(raw.DeleteRangeResponseRaw.encode(response));
  });
}

function txn({ router, member, reads, call }: ReadTxnParts): void {
  const request = TxnRequest.decode(call.message);
  const refusal = checkTxn(request, { maxTxnOps: member.options.maxTxnOps, lenientFromKey: true });
  if (refusal !== undefined) throw etcdError(refusal.error);
  if (isReadOnly(request)) return readTxn({ router, member, reads, call }, request);
  if (!member.admits(txnCostBytes(request))) throw etcdError("noSpace");
  member.propose("txn", call.message, (error, response) => {
    if (response === undefined) return failCall(router, call, error);
    response.header = member.header(response.header?.revision ?? 0);
    call.reply(raw.TxnResponseRaw.encode(response));
  });
}
