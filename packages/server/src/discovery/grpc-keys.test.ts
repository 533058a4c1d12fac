import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { etcdserverpb, mvccpb, services } from "@etcd-ts/proto";
import { GrpcCode, GrpcServer, type GrpcStatus, type StreamCall } from "@etcd-ts/wire";
import { connect, listen, type WireListener } from "@etcd-ts/wire/node";
import { NodeClock } from "../adapters/index.ts";
import { GrpcKeys, type GrpcKeysOptions } from "./grpc-keys.ts";
import { ServiceAwayError } from "./patience.ts";

const clock = new NodeClock();
const { Range, Put } = services.KV;
const text = (value: string) => new TextEncoder().encode(value);
const header = { clusterId: 1n, memberId: 1n, revision: 42, raftTerm: 1 };

let listener: WireListener;
let server: GrpcServer;
/** What the next calls do, and what they said. */
let failure: GrpcStatus | undefined;
const said: string[] = [];
const watches: StreamCall[] = [];

before(async () => {
  server = new GrpcServer({ clock });
  server.unary(Range.path, (call) => {
    said.push(`range ${call.metadata.get("token")}`);
    if (failure !== undefined) return call.fail(failure);
    const { key, rangeEnd } = Range.request.decode(call.message);
    const value = text(`to ${new TextDecoder().decode(rangeEnd)} `);
    const kvs = [mvccpb.KeyValue.create({ key, value, createRevision: 7 })];
    call.reply(Range.response.encode(etcdserverpb.RangeResponse.create({ header, kvs, count: 1 })));
  });
  server.unary(Put.path, (call) => {
    const { key, value } = Put.request.decode(call.message);
    said.push(`put ${new TextDecoder().decode(key)}=${new TextDecoder().decode(value)}`);
    call.reply(Put.response.encode(etcdserverpb.PutResponse.create({ header })));
  });
  server.unary(services.Auth.Authenticate.path, (call) => {
    const { name, password } = etcdserverpb.AuthenticateRequest.decode(call.message);
    said.push(`login ${name}:${password}`);
    call.reply(etcdserverpb.AuthenticateResponse.encode(etcdserverpb.AuthenticateResponse.create({ token: "t0" })));
  });
  server.stream(services.Watch.Watch.path, (call) => {
    call.onMessage((message) => {
      const { createRequest } = etcdserverpb.WatchRequest.decode(message);
      said.push(`watch from ${createRequest?.startRevision}`);
      tell(call, { created: true });
      watches.push(call);
    });
  });
  listener = await listen({ onHttp2: (stream) => server.accept(stream), onHttp1: (socket) => socket.destroy() });
});
after(async () => {
  server.close();
  await listener.close();
});

function tell(call: StreamCall, response: Partial<etcdserverpb.WatchResponse>): void {
  call.send(etcdserverpb.WatchResponse.encode(etcdserverpb.WatchResponse.create({ header, ...response })));
}

/** Keys over the server above, by way of these ports. */
function keysOver(ports: readonly number[], more: Partial<GrpcKeysOptions> = {}): GrpcKeys {
  said.length = 0;
  failure = undefined;
  const endpoints = ports.map((port) => {
    return { authority: `127.0.0.1:${port}`, scheme: "http", connect: () => connect({ port }) } as const;
  });
  const times = { requestTimeoutMs: 5_000, keepAliveMs: 2_000, keepAliveTimeoutMs: 6_000 };
  return new GrpcKeys({ clock }, { endpoints, ...times, user: "", password: "", ...more });
}

/** Waits until the server has been told something. */
async function heard(line: string): Promise<void> {
  while (!said.includes(line)) await new Promise<void>((resolve) => clock.setTimer(1, resolve));
}

test("keys are read, listed by their prefix and written", async () => {
  const keys = keysOver([listener.port]);
  assert.equal(await keys.get("/a"), "to");
  assert.deepEqual(await keys.list("/members"), {
    entries: [{ key: "/members", value: "to /membert", createRevision: 7 }],
    revision: 42,
  });
  await keys.put("/a", "b");
  assert.deepEqual(said, ["range undefined", "range undefined", "put /a=b"]);
  keys.close();
});

test("a user logs in once a connection, and the token goes with every call", async () => {
  const keys = keysOver([listener.port], { user: "root", password: "pw" });
  await keys.get("/a");
  await keys.get("/a");
  assert.deepEqual(said, ["login root:pw", "range t0", "range t0"]);
  keys.close();
});

test("an endpoint where nobody listens is away, and the next try goes to the next one", async () => {
  const keys = keysOver([1, listener.port]);
  await assert.rejects(keys.get("/a"), ServiceAwayError);
  assert.equal(await keys.get("/a"), "to");
  keys.close();
});

test("a cluster without a leader is away for now, a refusal is for good", async () => {
  const keys = keysOver([listener.port]);
  failure = { code: GrpcCode.unavailable, message: "etcdserver: no leader" };
  await assert.rejects(keys.get("/a"), ServiceAwayError);
  failure = { code: GrpcCode.permissionDenied, message: "etcdserver: permission denied" };
  await assert.rejects(keys.get("/a"), { name: "Error", message: "etcdserver: permission denied" });
  keys.close();
});

test("a watch ends at the first change, or when its revision is gone, and the connection stays", async () => {
  const keys = keysOver([listener.port]);
  const changed = keys.changeBehind("/members", 9);
  await heard("watch from 10");
  tell(watches.at(-1)!, { events: [mvccpb.Event.create({ kv: mvccpb.KeyValue.create({ key: text("/members/1") }) })] });
  await changed;
  const compacted = keys.changeBehind("/members", 11);
  await heard("watch from 12");
  tell(watches.at(-1)!, { canceled: true, compactRevision: 20 });
  await compacted;
  assert.equal(await keys.get("/a"), "to");
  keys.close();
});

test("a watch that the server ends is away", async () => {
  const keys = keysOver([listener.port]);
  const ended = keys.changeBehind("/members", 30);
  await heard("watch from 31");
  watches.at(-1)!.end({ code: GrpcCode.unavailable, message: "stopping" });
  await assert.rejects(ended, ServiceAwayError);
  keys.close();
});

test("an answer that is none is a refusal, not the end of the process", async (t) => {
  const odd = new GrpcServer({ clock });
  odd.unary(Range.path, (call) => call.reply(Uint8Array.of(0xff, 0xff)));
  odd.stream(services.Watch.Watch.path, (call) => {
    call.onMessage(() => void call.send(Uint8Array.of(0xff, 0xff)));
  });
  const port = await listen({ onHttp2: (stream) => odd.accept(stream), onHttp1: (socket) => socket.destroy() });
  const keys = keysOver([port.port]);
  t.after(async () => {
    keys.close();
    odd.close();
    await port.close();
  });
  await assert.rejects(keys.get("a"), { name: "DecodeError" });
  await assert.rejects(keys.changeBehind("a", 1), { name: "DecodeError" });
});
