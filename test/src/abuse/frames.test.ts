import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { flags, frame, frameTypes, greeting, requestHeaders } from "./frames.ts";
import { talk } from "./raw-socket.ts";

test("greeting(), requestHeaders() and frame() are understood by another HTTP/2 implementation", async () => {
  const server = createServer();
  const requests: IncomingHttpHeaders[] = [];
  server.on("stream", (stream, headers) => {
    requests.push(headers);
    stream.respond({}, { endStream: true });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const payload = requestHeaders("/a.B/C", [["x-long", "v".repeat(300)]]);
  const headers = frame({ type: frameTypes.headers, flags: flags.endHeaders | flags.endStream, stream: 1, payload });
  await talk((server.address() as AddressInfo).port, { pieces: [greeting(), headers] });
  server.close();
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.[":path"], "/a.B/C");
  assert.equal(requests[0]?.["x-long"], "v".repeat(300));
});

test("frame() may lie about its length", () => {
  const bytes = frame({ type: frameTypes.data, stream: 3, length: 0xffffff, payload: Buffer.from("ab") });
  assert.deepEqual([...bytes], [255, 255, 255, 0, 0, 0, 0, 0, 3, 97, 98]);
});
