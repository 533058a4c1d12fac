/**
 * RangeStream (3.7): a range in pieces, read and sent at the speed the client takes them, at one revision and in bounded
 * memory. Merging all pieces gives what Range answers: each carries some key-values, the last also header, more and count.
 * Source: etcd's rpc.proto, RangeStreamResponse.
 */
import { etcdError, type RangeRequest, raw, SortOrder, SortTarget, services } from "@etcd-ts/proto";
import type { StreamCall } from "@etcd-ts/wire";
import type { Member } from "../../member/index.ts";
import { checkRange, type Failure, failure, isFailure, type RangeCursor } from "../../mvcc/index.ts";
import { serveStream } from "./stream.ts";
import { statusOf, type V3Router } from "./unary.ts";

/** One piece, and the work of one turn. */
const piece = { bytesMax: 256 * 1024, keysMax: 4096 } as const;

/** Registers RangeStream. */
export function registerRangeStream(router: V3Router, member: Member): void {
  serveStream(router, services.KV.RangeStream, (call) => {
    let cursor: RangeCursor | undefined;
    return {
      onRequest(request) {
        const refusal = checkRange(request) ?? checkStreamable(request);
        if (refusal !== undefined) throw etcdError(refusal.error);
        whenCurrent(member, request, (error) => {
          const opened = error === undefined ? member.store.openRange(request) : undefined;
          if (opened === undefined) call.end(statusOf(error));
          else if (isFailure(opened)) call.end(statusOf(etcdError(opened.error)));
          else {
            cursor = opened;
            sendPieces(member, call, opened);
          }
        });
      },
      onCancel: () => cursor?.close(),
    };
  });
}

function whenCurrent(member: Member, request: RangeRequest, run: (error?: Error) => void): void {
  if (request.serializable) run();
  else member.linearizableRead(run);
}

/** Pieces leave in key order and are counted at the end, so neither other orders nor filters can be had. */
function checkStreamable(request: RangeRequest): Failure | undefined {
  const { sortTarget, sortOrder } = request;
  if (sortTarget !== SortTarget.KEY || sortOrder === SortOrder.DESCEND) return failure("rangeStreamSort");
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  const isFiltered = [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision].some(
    (bound) => bound !== 0,
  );
  return isFiltered ? failure("rangeStreamFilter") : undefined;
}

function sendPieces(member: Member, call: StreamCall, cursor: RangeCursor): void {
  if (call.cancelled) return cursor.close();
  const kvs = cursor.next(piece);
  const next = () => sendPieces(member, call, cursor);
  if (cursor.done) {
    const { headerRevision, more, count } = cursor;
    send(call, { header: member.header(headerRevision), kvs, more, count });
    call.end();
  } else if (kvs.length === 0 || send(call, { header: undefined, kvs, more: false, count: 0 })) member.endOfTurn(next);
  else call.onWritable(next);
}

function send(call: StreamCall, response: raw.RangeResponseRaw): boolean {
  const rangeResponse = raw.RangeResponseRaw.encode(response);
  return call.send(raw.RangeStreamResponseRaw.encode({ rangeResponse }));
}
