/** Brings answers of the server into the form of the model's, so that the two can be compared as texts. */
import type { DeleteRangeResponse, mvccpb, PutResponse, RangeResponse, TxnResponse } from "@etcd-ts/proto";
import { kvOf } from "../watch-client.ts";
import type { OperationAnswer, RangeAnswer, TxnAnswer } from "./evaluate.ts";

const kvs = (all: readonly mvccpb.KeyValue[]) => all.map(kvOf);

/** A range as the server answered it. */
export function rangeAnswer({ kvs: all, more, count }: RangeResponse): RangeAnswer {
  return { kvs: kvs(all), more, count };
}

/** A put as the server answered it. */
export function putAnswer({ prevKv }: PutResponse): OperationAnswer {
  return { put: prevKv === undefined ? undefined : kvOf(prevKv) };
}

/** A delete as the server answered it. */
export function deleteAnswer({ deleted, prevKvs }: DeleteRangeResponse): OperationAnswer {
  return { deleted, prevKvs: kvs(prevKvs) };
}

/** A transaction as the server answered it. */
export function txnAnswer({ succeeded, responses }: TxnResponse): TxnAnswer {
  const answers = responses.map(({ responseRange, responsePut, responseDeleteRange, responseTxn }): OperationAnswer => {
    if (responseRange !== undefined) return { range: rangeAnswer(responseRange) };
    if (responsePut !== undefined) return putAnswer(responsePut);
    if (responseDeleteRange !== undefined) return deleteAnswer(responseDeleteRange);
    return txnAnswer(responseTxn!);
  });
  return { succeeded, answers };
}

/** Anything as a text; equal things give equal texts. */
export function show(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner === "bigint") return `${inner}n`;
    if (inner instanceof Uint8Array) return String.fromCharCode(...inner);
    return inner;
  });
}
