import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { PeerListener } from "./peer-listener.ts";

const slow = [
  ["headers", "GET /version HTTP/1.1\r\nA: b\r\n", 31_000],
  ["a body", "POST /raft HTTP/1.1\r\nHost: m\r\nContent-Length: 9\r\n\r\nx", 121_000],
] as const;

for (const [what, text, afterMs] of slow)
  test(`a connection to the peer port that never ends ${what} is dropped`, async () => {
    const clock = new FakeClock();
    const where = { host: "127.0.0.1", port: 0 };
    const listener = await PeerListener.open({ where, tls: undefined, clock, log: silentLogger });
    let asked = 0;
    const refusal = { status: 404, headers: {}, body: new Uint8Array(0) };
    const answer = async () => {
      asked++;
      return refusal;
    };
    listener.serve({ onStream: () => ({ refusal }), onUpload: answer, onRequest: answer });
    const socket = connect(Number(listener.address.split(":").at(-1)), "127.0.0.1");
    // A whole request first: what follows on the connection has a deadline too.
    socket.write("GET /first HTTP/1.1\r\nHost: m\r\n\r\n");
    await once(socket, "data");
    socket.write(text);
    const closed = once(socket, "close");
    // Until the bytes have arrived, time passes for nobody.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(afterMs);
    await closed;
    assert.equal(asked, 1);
    await listener.close();
  });

test("requests that came together leave no deadline behind that ends a later one", async () => {
  const clock = new FakeClock();
  const where = { host: "127.0.0.1", port: 0 };
  const listener = await PeerListener.open({ where, tls: undefined, clock, log: silentLogger });
  const done = { status: 200, headers: {}, body: new Uint8Array(0) };
  let finish = () => {};
  let asked = 0;
  const onRequest = async ({ path }: { path: string }) => {
    asked++;
    if (path === "/long")
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    return done;
  };
  listener.serve({ onStream: () => ({ refusal: done }), onUpload: async () => done, onRequest });
  const socket = connect(Number(listener.address.split(":").at(-1)), "127.0.0.1");
  let heard = "";
  socket.on("data", (bytes: Buffer) => {
    heard += bytes.toString();
  });
  let isClosed = false;
  socket.on("close", () => {
    isClosed = true;
  });
  const answers = (count: number) => heard.split("HTTP/1.1 200").length > count;
  const until = async (condition: () => boolean) => {
    const deadline = performance.now() + 10_000;
    while (!condition() && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  };
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: m\r\n\r\n`;
  socket.write(request("/a") + request("/b"));
  await until(() => answers(2));
  socket.write(request("/long"));
  await until(() => asked === 3);
  clock.advance(31_000);
  finish();
  await until(() => answers(3) || isClosed);
  assert.equal(isClosed, false);
  socket.destroy();
  await listener.close();
});
