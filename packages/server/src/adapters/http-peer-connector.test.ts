import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { after, test } from "node:test";
import type { StreamEvents } from "../ports/index.ts";
import { HttpPeerConnector } from "./http-peer-connector.ts";

const endings: (() => void)[] = [];
after(() => {
  for (const end of endings) end();
});

function open(): HttpPeerConnector {
  const connector = new HttpPeerConnector({ tls: undefined });
  endings.push(() => connector.close());
  return connector;
}

/** Where a server of another make listens, which is gone with the tests. */
async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  endings.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const asked = { path: "/raft/stream/message/1", headers: {}, silenceMs: 1_000 };

for (const url of ["http://127.0.0.1:99999", " http://127.0.0.1:1", "nonsense"])
  test(`a stream from ${JSON.stringify(url)}, which cannot be an address, ends later and throws nothing`, async () => {
    const connector = new HttpPeerConnector({ tls: undefined });
    let hasReturned = false;
    const ended = new Promise<Parameters<StreamEvents["onEnd"]>[0]>((resolve) => {
      const onEnd: StreamEvents["onEnd"] = (how) => {
        assert.equal(hasReturned, true);
        resolve(how);
      };
      connector.openStream(url, asked, { onOpen() {}, onData() {}, onEnd });
      hasReturned = true;
    });
    assert.ok((await ended).error instanceof Error);
    connector.close();
  });

test("an upload that is refused before it is whole is broken off: nobody wants the rest", async () => {
  const url = await listening(
    createHttpServer((_request, response) => {
      response.writeHead(403, { "Content-Length": "2" });
      response.end("no");
    }),
  );
  let isGivenUp = () => {};
  const givenUp = new Promise<void>((resolve) => {
    isGivenUp = resolve;
  });
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(65_536);
    } finally {
      isGivenUp();
    }
  }
  const request = { method: "POST", path: "/raft/snapshot", headers: {}, body: endless(), timeoutMs: 5_000 } as const;
  const { status } = await open().request(url, request);
  assert.equal(status, 403);
  const isBrokenOff = await Promise.race([
    givenUp.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(resolve, 3_000, false)),
  ]);
  assert.equal(isBrokenOff, true);
});

const small = { method: "GET", path: "/version", headers: {}, body: new Uint8Array(0), timeoutMs: 1_000 } as const;

test("a request whose answer drips in without end is given up in its time", async () => {
  const url = await listening(
    createServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 50);
      socket.on("close", () => clearInterval(drip));
    }),
  );
  const outcome = await Promise.race([
    open()
      .request(url, small)
      .then(
        () => "answered",
        (error: Error) => error.message,
      ),
    new Promise<string>((resolve) => setTimeout(resolve, 8_000, "still waiting")),
  ]);
  assert.equal(outcome, "no answer within 1000 ms");
});

test("a server that changes the protocol unasked ends requests and streams, which else would never end", async () => {
  const url = await listening(
    createServer((socket) => {
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
      );
    }),
  );
  const never = new Promise<string>((resolve) => setTimeout(resolve, 3_000, "never"));
  const requested = open()
    .request(url, { ...small, timeoutMs: 60_000 })
    .then(
      () => "answered",
      (error: Error) => error.message,
    );
  assert.equal(await Promise.race([requested, never]), "the connection was closed without an answer");
  const streamed = new Promise<string | undefined>((resolve) => {
    const onEnd: StreamEvents["onEnd"] = ({ error }) => resolve(error?.message);
    open().openStream(url, { ...asked, silenceMs: 60_000 }, { onOpen() {}, onData() {}, onEnd });
  });
  assert.equal(await Promise.race([streamed, never]), "the connection was closed without an answer");
});

test("an upload that waits for its reader again and again leaves no listener behind", async () => {
  const url = await listening(
    createHttpServer((request, response) => {
      request.resume();
      request.on("end", () => response.writeHead(204).end());
    }),
  );
  const warnings: string[] = [];
  const note = ({ message }: Error) => void warnings.push(message);
  process.on("warning", note);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < 50; count++) yield new Uint8Array(1 << 20);
  }
  const request = { method: "POST", path: "/raft/snapshot", headers: {}, body: pieces(), timeoutMs: 20_000 } as const;
  assert.equal((await open().request(url, request)).status, 204);
  await new Promise((resolve) => setImmediate(resolve));
  process.removeListener("warning", note);
  assert.deepEqual(warnings, []);
});
