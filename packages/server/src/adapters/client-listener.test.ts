import "reflect-metadata";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { silentLogger, type TlsConfig } from "../ports/index.ts";
import { ClientListener } from "./client-listener.ts";
import { ConnectionLimit, descriptorLimit } from "./connection-limit.ts";
import { NodeClock } from "./node-clock.ts";
import { openTlsMaterial, type TlsMaterial } from "./tls-material.ts";

const clock = new NodeClock();
const log = silentLogger;
const dir = mkdtempSync(join(tmpdir(), "listener-"));
const sockets: Socket[] = [];
after(() => {
  for (const socket of sockets) socket.destroy();
  rmSync(dir, { recursive: true });
});

const autoTls: TlsConfig = {
  certFile: "",
  keyFile: "",
  trustedCaFile: "",
  crlFile: "",
  clientCertAuth: false,
  allowedHostnames: [],
  allowedCommonNames: [],
  autoTls: true,
  selfSignedValidityYears: 1,
  cipherSuites: [],
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  fixturesDir: dir,
};

/** A listener on a free port that greets whoever speaks HTTP/1.1. */
async function open({ tls, descriptors = 1_000 }: { tls?: TlsMaterial | undefined; descriptors?: number } = {}) {
  const onHttp1 = (socket: Socket) => void socket.write("hello");
  const where = { host: "127.0.0.1", port: 0 };
  const limit = new ConnectionLimit({ descriptors });
  const targets = { onHttp1, onHttp2: () => {} };
  const listener = await ClientListener.open({ where, tls, targets, limit, clock, log });
  return { listener, port: Number(listener.address.split(":").at(-1)) };
}

function dial(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  return socket;
}

/** The greeting, or nothing when the connection was closed. */
function greeting(socket: Socket): Promise<string> {
  socket.write("GET / HTTP/1.1\r\n");
  return new Promise((resolve) => {
    socket.once("data", (bytes: Buffer) => resolve(bytes.toString()));
    socket.once("close", () => resolve(""));
  });
}

test("close() leaves a connection that was handed on over TLS to whoever has it, as it does one without", async () => {
  const tls = await openTlsMaterial({ config: autoTls, hosts: ["127.0.0.1"], clock, log });
  for (const material of [undefined, tls]) {
    const { listener, port } = await open({ tls: material });
    const socket =
      material === undefined ? dial(port) : connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    sockets.push(socket);
    assert.equal(await greeting(socket), "hello");
    await listener.close();
    // Nobody listens any more; by the time that is known, the other connection would have heard of its end.
    assert.equal(await greeting(dial(port)), "");
    assert.equal(socket.destroyed || socket.readableEnded, false);
    socket.destroy();
  }
});

test("connections beyond the descriptors are closed at once, and taken again when others have ended", async () => {
  const { listener, port } = await open({ descriptors: 4 });
  const [first, second] = [dial(port), dial(port)];
  assert.deepEqual(await Promise.all([greeting(first), greeting(second)]), ["hello", "hello"]);
  assert.equal(await greeting(dial(port)), "");
  first.destroy();
  let heard = "";
  while (heard === "") heard = await greeting(dial(port));
  assert.equal(heard, "hello");
  assert.ok(descriptorLimit() > 0);
  await listener.close();
});

test("a connection that cannot be accepted for want of descriptors is told of, and no end of the process", async () => {
  const { listener, port } = await open();
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const server = handles.find((one) => one instanceof Server && listenerPort(one) === port) as Server;
  assert.doesNotThrow(() => server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" })));
  assert.equal(await greeting(dial(port)), "hello");
  await listener.close();
});

function listenerPort(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}
