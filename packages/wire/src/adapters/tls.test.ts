import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { request } from "node:https";
import { connect as connectTcp } from "node:net";
import { after, before, describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { GrpcClient, GrpcServer, type UnaryResult } from "../grpc/index.ts";
import type { PeerInfo } from "../http2/index.ts";
import { connect, listen, NodeClock, type WireListener } from "./index.ts";
import { certificateOf } from "./node-byte-stream.ts";

const file = (name: string) => readFileSync(new URL(`../../src/adapters/testdata/${name}`, import.meta.url));
const ca = file("authority.crt");

describe("a TLS listener", () => {
  const clock = new NodeClock();
  const server = new GrpcServer({ clock });
  const http = createServer((_, response) => response.end("plain"));
  const peers: PeerInfo[] = [];
  const failures: string[] = [];
  let listener: WireListener;

  before(async () => {
    server.unary("/t.T/Who", (call) => {
      peers.push(call.peer);
      call.reply(call.message);
    });
    listener = await listen({
      host: "127.0.0.1",
      tls: { key: file("server.key"), cert: file("server.crt"), ca, requestCert: true, rejectUnauthorized: false },
      onHttp2: (stream) => server.accept(stream),
      onHttp1: (socket) => http.emit("connection", socket),
      onHandshakeError: (error) => failures.push(error.message),
      handshakeDeadlineMs: 500,
    });
  });

  after(async () => {
    server.close();
    http.closeAllConnections();
    await listener.close();
  });

  async function who(tls: object): Promise<UnaryResult> {
    const stream = await connect({ port: listener.port, tls: { ca, ...tls } });
    const client = new GrpcClient(stream, { clock, authority: "localhost", scheme: "https" });
    const result = await new Promise<UnaryResult>((resolve) => {
      client.unary("/t.T/Who", new Uint8Array(100_000), {}, resolve);
    });
    client.close();
    return result;
  }

  it("serves gRPC to a client that agrees on h2, and knows its certificate", async () => {
    const result = await who({ key: file("client.key"), cert: file("client.crt") });
    assert.equal(result.ok, true);
    assert.deepEqual(peers.at(-1)?.tls, {
      isVerified: true,
      certificate: {
        commonName: "test client",
        dnsNames: ["localhost", "client.test"],
        ipAddresses: ["127.0.0.1"],
        uris: ["test://client/x"],
      },
    });
  });

  it("serves a client without a certificate", async () => {
    assert.equal((await who({})).ok, true);
    assert.deepEqual(peers.at(-1)?.tls, { isVerified: false, certificate: undefined });
  });

  it("serves HTTP/1.1 on the same port", async () => {
    const body = await new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port: listener.port, ca, agent: false }, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      })
        .on("error", reject)
        .end();
    });
    assert.equal(body, "plain");
  });

  it("tells the protocol by the first bytes when the client agrees on none", async () => {
    const socket = connectTls({ host: "127.0.0.1", port: listener.port, ca });
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const head = await new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
    assert.match(head, /^HTTP\/1\.1 200/);
    socket.destroy();
  });

  it("drops a client that does not finish the handshake, and one that says nothing after it", async () => {
    const silent = connectTcp({ host: "127.0.0.1", port: listener.port });
    await new Promise((resolve) => silent.once("close", resolve).resume());
    assert.equal(failures.length, 1);
    const mute = connectTls({ host: "127.0.0.1", port: listener.port, ca });
    await new Promise((resolve) => mute.once("close", resolve).resume());
  });
});

describe("certificateOf()", () => {
  it("is not fooled by separators inside a name", () => {
    const found = certificateOf("x", 'DNS:a.test, URI:"http://b/, DNS:evil.test", IP Address:10.0.0.1');
    assert.deepEqual(found.dnsNames, ["a.test"]);
    assert.deepEqual(found.uris, ["http://b/, DNS:evil.test"]);
    assert.deepEqual(found.ipAddresses, ["10.0.0.1"]);
  });
});
