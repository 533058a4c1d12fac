import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdError, LeaseKeepAliveResponse, ResponseHeader } from "@etcd-ts/proto";
import type { GrpcStatus, StreamCall } from "@etcd-ts/wire";
import { RENEWALS_MAX, RenewalStream } from "./renewal-stream.ts";

function fixture() {
  const seen: string[] = [];
  const flow = { paused: false, room: true, onWritable: () => {} };
  const call = {
    send: (message: Uint8Array) => {
      const { id, ttl } = LeaseKeepAliveResponse.decode(message);
      seen.push(`${id} for ${ttl} s`);
      return flow.room;
    },
    end: (status?: GrpcStatus) => void seen.push(status?.message ?? "ended"),
    pauseReading: () => {
      flow.paused = true;
    },
    resumeReading: () => {
      flow.paused = false;
    },
    onWritable: (run: () => void) => {
      flow.onWritable = run;
    },
  };
  const settle = new Map<bigint, (ttl: number | Error) => void>();
  const renew = (id: bigint) => new Promise<number | Error>((resolve) => void settle.set(id, resolve));
  const stream = new RenewalStream(call as unknown as StreamCall, { renew, header: () => ResponseHeader.create({}) });
  const settled = async (id: bigint, ttl: number | Error) => {
    settle.get(id)!(ttl);
    await new Promise(setImmediate);
  };
  return { seen, flow, stream, settled };
}

test("a caller that half-closes behind its request is answered before the call ends", async () => {
  const { seen, stream, settled } = fixture();
  stream.onRequest({ id: 1n });
  stream.onHalfClose();
  await settled(1n, 60);
  assert.deepEqual(seen, ["1 for 60 s", "ended"]);
});

test("answers keep the order of the requests, whichever renewal is done first", async () => {
  const { seen, stream, settled } = fixture();
  stream.onRequest({ id: 1n });
  stream.onRequest({ id: 2n });
  await settled(2n, 20);
  assert.deepEqual(seen, []);
  await settled(1n, 10);
  assert.deepEqual(seen, ["1 for 10 s", "2 for 20 s"]);
});

test("a renewal that fails ends the call with its error, and nothing comes after it", async () => {
  const { seen, stream, settled } = fixture();
  stream.onRequest({ id: 1n });
  stream.onRequest({ id: 2n });
  stream.onHalfClose();
  await settled(1n, etcdError("noLeader"));
  await settled(2n, 20);
  assert.equal(seen.length, 1);
  assert.match(seen[0]!, /no leader/);
});

test("a caller that is gone is answered nothing", async () => {
  const { seen, stream, settled } = fixture();
  stream.onRequest({ id: 1n });
  stream.onCancel();
  await settled(1n, 10);
  assert.deepEqual(seen, []);
});

test("a caller is held back while too many of its renewals wait, or too many answers", async () => {
  const { flow, stream, settled } = fixture();
  for (let id = 1; id < RENEWALS_MAX; id++) stream.onRequest({ id: BigInt(id) });
  assert.equal(flow.paused, false);
  stream.onRequest({ id: BigInt(RENEWALS_MAX) });
  assert.equal(flow.paused, true);
  await settled(1n, 1);
  assert.equal(flow.paused, false);
  flow.room = false;
  await settled(2n, 1);
  assert.equal(flow.paused, true);
  flow.onWritable();
  assert.equal(flow.paused, false);
});
