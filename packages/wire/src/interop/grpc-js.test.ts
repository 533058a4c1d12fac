import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, it } from "node:test";
import { Client, credentials, Metadata as JsMetadata, type ServiceError } from "@grpc/grpc-js";
import { gzipCodec, listen, NodeClock, type WireListener } from "../adapters/index.ts";
import { GrpcServer } from "../grpc/index.ts";

const same = (bytes: Buffer) => bytes;

describe("@grpc/grpc-js as client of this server", () => {
  const server = new GrpcServer({ clock: new NodeClock(), codecs: [gzipCodec] });
  let listener: WireListener;
  let http: Server;
  let client: Client;

  before(async () => {
    server.unary("/demo.Echo/Say", (call) => call.reply(call.message));
    server.unary("/demo.Echo/Pieces", (call) => {
      let missing = call.message.length === 0 ? 0 : 20_000_000;
      const pieces = call.replyInPieces(missing);
      const go = () => {
        for (let room = true; room && missing > 0; missing -= Math.min(missing, 50_000)) {
          room = pieces.write(new Uint8Array(Math.min(missing, 50_000)).fill(missing & 127));
        }
      };
      pieces.onWritable(go);
      go();
    });
    server.unary("/demo.Echo/Fail", (call) => call.fail({ code: 9, message: "no: é%" }));
    server.unary("/demo.Echo/Never", () => {});
    server.stream("/demo.Echo/Chat", (call) => {
      call.onMessage((message) => call.send(message));
      call.onHalfClose(() => call.end());
    });
    http = createServer((request, response) => response.end(`plain ${request.url}`));
    listener = await listen({
      host: "127.0.0.1",
      onHttp2: (stream) => server.accept(stream),
      onHttp1: (socket) => http.emit("connection", socket),
    });
    client = new Client(listener.address, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 });
  });

  after(async () => {
    client.close();
    server.close();
    http.closeAllConnections();
    await listener.close();
  });

  function say(path: string, message: Buffer, timeoutMs = 10_000): Promise<Buffer | ServiceError> {
    return new Promise((resolve) => {
      const options = { deadline: Date.now() + timeoutMs };
      client.makeUnaryRequest(path, same, same, message, new JsMetadata(), options, (error, value) => {
        resolve(error ?? value!);
      });
    });
  }

  async function failure(path: string, message = Buffer.alloc(0)): Promise<string> {
    const result = await say(path, message);
    assert.ok(result instanceof Error, "the call succeeded");
    return `${result.code} ${result.details}`;
  }

  it("gets its message back, short or long", async () => {
    for (const size of [0, 1, 100, 20_000, 2_000_000]) {
      const message = Buffer.alloc(size, 7);
      assert.deepEqual(await say("/demo.Echo/Say", message), message);
    }
  });

  it("gets many answers at once", async () => {
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => say("/demo.Echo/Say", Buffer.alloc(n, n))));
    results.forEach((result, n) => {
      assert.deepEqual(result, Buffer.alloc(n, n));
    });
  });

  it("gets one message from a reply in pieces", async () => {
    assert.deepEqual(await say("/demo.Echo/Pieces", Buffer.alloc(0)), Buffer.alloc(0));
    const large = await say("/demo.Echo/Pieces", Buffer.alloc(1));
    assert.ok(Buffer.isBuffer(large));
    assert.equal(large.length, 20_000_000);
    for (const at of [0, 50_000, 19_999_999]) assert.equal(large[at], (20_000_000 - at + (at % 50_000)) & 127);
  });

  it("gets status codes and their texts", async () => {
    assert.equal(await failure("/demo.Echo/Fail"), "9 no: é%");
    assert.equal(await failure("/demo.Echo/Nope"), "12 unknown method Nope for service demo.Echo");
    assert.equal(await failure("/other.Thing/Nope"), "12 unknown service other.Thing");
    const tooLarge = "8 grpc: received message larger than max (2097153 vs. 2097152)";
    assert.equal(await failure("/demo.Echo/Say", Buffer.alloc(2_097_153)), tooLarge);
  });

  it("chats in both directions until its half close", async () => {
    const chat = client.makeBidiStreamRequest("/demo.Echo/Chat", same, same);
    const sizes: number[] = [];
    chat.on("data", (message: Buffer) => sizes.push(message.length));
    for (const size of [3, 200_000, 0, 16_384]) chat.write(Buffer.alloc(size));
    chat.end();
    const status = await new Promise<{ code: number }>((resolve) => chat.on("status", resolve));
    assert.equal(status.code, 0);
    assert.deepEqual(sizes, [3, 200_000, 0, 16_384]);
  });

  it("shares the port with HTTP/1.1, connections kept alive", async () => {
    for (const path of ["/a", "/b"]) {
      const response = await fetch(`http://${listener.address}${path}`);
      assert.equal(await response.text(), `plain ${path}`);
    }
  });
});
