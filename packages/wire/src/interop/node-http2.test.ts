import assert from "node:assert/strict";
import { connect } from "node:http2";
import { describe, it } from "node:test";
import { listen, NodeClock } from "../adapters/index.ts";
import { GrpcServer } from "../grpc/index.ts";

describe("node:http2 (nghttp2) as client", () => {
  it("has its Huffman code understood, octet by octet", async () => {
    const server = new GrpcServer({ clock: new NodeClock() });
    const names: string[] = [];
    server.unary("/t.T/Headers", (call) => {
      const values = names.map((name) => call.metadata.get(name));
      call.reply(Buffer.from(JSON.stringify(values)));
    });
    const listener = await listen({ host: "127.0.0.1", onHttp2: (s) => server.accept(s), onHttp1: (s) => s.destroy() });
    const session = connect(`http://${listener.address}`);
    // Five-bit letters around it make the coded form the shorter one, so that it is used.
    const values: Record<string, string> = {};
    for (let octet = 0x21; octet < 0x100; octet++) {
      if (octet === 0x7f) continue;
      names.push(`octet-${octet}`);
      values[`octet-${octet}`] = `aeiostaeiost${String.fromCharCode(octet)}aeiost`;
    }
    const stream = session.request({
      ":method": "POST",
      ":path": "/t.T/Headers",
      "content-type": "application/grpc",
      te: "trailers",
      ...values,
    });
    stream.end(Buffer.alloc(5));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    session.destroy();
    server.close();
    await listener.close();
    assert.deepEqual(JSON.parse(Buffer.concat(chunks).subarray(5).toString()), Object.values(values));
  });
});
