import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { connect, gzipCodec, listen, NodeClock, type WireListener } from "../adapters/index.ts";
import { type CallEnd, GrpcClient, GrpcServer, Metadata, type UnaryResult } from "../grpc/index.ts";

const same = (bytes: Buffer) => bytes;
const method = (path: string, streams: boolean) => ({
  path,
  requestStream: streams,
  responseStream: streams,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});

/** The reference: the same service on @grpc/grpc-js, which runs on node:http2. */
function reference(): Server {
  const server = new Server({ "grpc.max_receive_message_length": 2 * 1024 * 1024 });
  server.addService(
    {
      Echo: method("/d.D/Echo", false),
      Fail: method("/d.D/Fail", false),
      Never: method("/d.D/Never", false),
      Chat: method("/d.D/Chat", true),
    },
    {
      Echo: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => done(null, call.request),
      Fail: (_: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => done({ code: 9, details: "nö: 100%" }),
      Never: () => {},
      Chat: (call: ServerDuplexStream<Buffer, Buffer>) => {
        call.on("data", (message: Buffer) => call.write(message));
        call.on("end", () => call.end());
      },
    },
  );
  return server;
}

function ours(clock: NodeClock): GrpcServer {
  const server = new GrpcServer({ clock, codecs: [gzipCodec] });
  server.unary("/d.D/Echo", (call) => call.reply(call.message));
  server.unary("/d.D/Fail", (call) => call.fail({ code: 9, message: "nö: 100%" }));
  server.unary("/d.D/Never", () => {});
  server.stream("/d.D/Chat", (call) => {
    call.onMessage((message) => call.send(message));
    call.onHalfClose(() => call.end());
  });
  return server;
}

describe("this server and @grpc/grpc-js answer the same calls alike", () => {
  const clock = new NodeClock();
  const jsServer = reference();
  const ourServer = ours(clock);
  let listener: WireListener;
  const clients: GrpcClient[] = [];

  before(async () => {
    listener = await listen({ host: "127.0.0.1", onHttp2: (s) => ourServer.accept(s), onHttp1: (s) => s.destroy() });
    const jsPort = await new Promise<number>((resolve, reject) => {
      jsServer.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    for (const port of [jsPort, listener.port]) {
      clients.push(new GrpcClient(await connect({ port }), { clock, authority: `127.0.0.1:${port}` }));
    }
  });

  after(async () => {
    for (const client of clients) client.close();
    jsServer.forceShutdown();
    ourServer.close();
    await listener.close();
  });

  function summary(result: UnaryResult): unknown {
    return result.ok ? Buffer.from(result.message).toString("base64") : [result.code, result.message];
  }

  async function both<T>(run: (client: GrpcClient) => Promise<T>): Promise<T> {
    const [theirs, mine] = await Promise.all(clients.map(run));
    assert.deepEqual(mine, theirs);
    return mine!;
  }

  const unary = (path: string, message: Uint8Array, options = {}) =>
    both((client) => {
      return new Promise((resolve) => client.unary(path, message, options, (result) => resolve(summary(result))));
    });

  it("messages of every kind of length", async () => {
    for (const size of [0, 1, 16_379, 16_384, 70_000, 2 * 1024 * 1024]) {
      const message = Buffer.alloc(size, "etcd");
      assert.equal(await unary("/d.D/Echo", message), message.toString("base64"));
    }
  });

  it("an error with a text outside ASCII", async () => {
    assert.deepEqual(await unary("/d.D/Fail", Buffer.alloc(0)), [9, "nö: 100%"]);
  });

  it("a deadline", async () => {
    // Only the code: which end notices first, and with that the text, is a race.
    const code = await both((client) => {
      return new Promise((resolve) => {
        const done = (result: UnaryResult) => resolve(result.ok ? 0 : result.code);
        client.unary("/d.D/Never", Buffer.alloc(0), { timeoutMs: 30 }, done);
      });
    });
    assert.equal(code, 4);
  });

  it("metadata that fills several frames", async () => {
    const metadata = Metadata.of([
      ["long", "x".repeat(20_000)],
      ["raw-bin", new Uint8Array(9000).fill(200)],
    ]);
    assert.equal(await unary("/d.D/Echo", Buffer.from("hi"), { metadata }), Buffer.from("hi").toString("base64"));
  });

  it("a thousand calls at once", async () => {
    const results = await Promise.all(Array.from({ length: 1000 }, (_, n) => unary("/d.D/Echo", Buffer.from(`${n}`))));
    assert.deepEqual(
      results,
      Array.from({ length: 1000 }, (_, n) => Buffer.from(`${n}`).toString("base64")),
    );
  });

  it("a chat", async () => {
    const heard = await both((client) => {
      return new Promise<{ sizes: number[]; code: number }>((resolve) => {
        const sizes: number[] = [];
        const onEnd = (end: CallEnd) => resolve({ sizes, code: end.code });
        const stream = client.stream("/d.D/Chat", {}, { onMessage: (message) => sizes.push(message.length), onEnd });
        for (const size of [1, 300_000, 0, 5]) stream.send(Buffer.alloc(size));
        stream.halfClose();
      });
    });
    assert.deepEqual(heard, { sizes: [1, 300_000, 0, 5], code: 0 });
  });
});

describe("gzipCodec", () => {
  it("inflates what it should and stops at the limit", () => {
    const packed = gzipSync(Buffer.alloc(1000, 1));
    assert.equal(gzipCodec.decompress(packed, 1000).length, 1000);
    assert.equal(gzipCodec.decompress(packed, 999), "tooLarge");
    assert.equal(gzipCodec.decompress(packed.subarray(0, 10), 1000), "invalid");
  });
});
