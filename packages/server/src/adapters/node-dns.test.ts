import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { after, before, test } from "node:test";
import { NodeDns } from "./node-dns.ts";

let server: Socket;
let dns: NodeDns;

const nameError = 3;
const srvType = 33;

/** A name server for two SRV records of one name (RFC 1035, RFC 2782). */
function answerTo(question: Buffer): Buffer {
  const asked = question.subarray(12);
  const known = asked.includes(Buffer.from("\x0c_etcd-server\x04_tcp\x07example\x03com"));
  const records = known ? [1, 2].map((i) => srvRecord(`m${i}`, 2379 + i)) : [];
  const head = Buffer.alloc(12);
  question.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (known ? 0 : nameError), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  const end = asked.indexOf(0) + 5;
  return Buffer.concat([head, asked.subarray(0, end), ...records]);
}

function srvRecord(host: string, port: number): Buffer {
  const target = Buffer.concat([Buffer.from([host.length]), Buffer.from(`${host}\x07example\x03com\x00`)]);
  const fixed = Buffer.alloc(18);
  // Name: a pointer to the question; then type, class, time to live, length, priority, weight, port.
  for (const [i, value] of [0xc00c, srvType, 1, 0, 60, 6 + target.length, 0, 0, port].entries())
    fixed.writeUInt16BE(value, 2 * i);
  return Buffer.concat([fixed, target]);
}

before(async () => {
  server = createSocket("udp4");
  server.on("message", (question, { port, address }) => server.send(answerTo(question), port, address));
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  dns = new NodeDns({ servers: [`127.0.0.1:${server.address().port}`] });
});
after(() => server.close());

test("SRV records come from the name server", async () => {
  const records = await dns.services("_etcd-server._tcp.example.com");
  assert.deepEqual(
    [...records].sort((a, b) => a.port - b.port),
    [
      { host: "m1.example.com", port: 2380 },
      { host: "m2.example.com", port: 2381 },
    ],
  );
});

test("a name without records is refused in Go's words", () =>
  assert.rejects(dns.services("_etcd-server-ssl._tcp.example.com"), {
    message: "lookup _etcd-server-ssl._tcp.example.com: no such host",
  }));

test("an address is its own, and localhost is IPv4 first", async () => {
  assert.deepEqual([await dns.address("10.0.0.1"), await dns.address("::1")], ["10.0.0.1", "::1"]);
  assert.equal(await dns.address("localhost"), "127.0.0.1");
});
