/** TLS between members over real sockets: who is refused, by which side, and that neither side waits for ever. */
import "reflect-metadata";
import assert from "node:assert/strict";
import { KeyObject, webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as x509 from "@peculiar/x509";
import { type LinkAnswer, type LogFields, silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { HttpPeerConnector } from "./http-peer-connector.ts";
import { NodeClock } from "./node-clock.ts";
import { PeerListener } from "./peer-listener.ts";
import { openPeerTls, type PeerTlsConfig } from "./peer-tls-material.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const longAgo = new Date("2020-01-01");
const farAhead = new Date("2099-01-01");
const dir = mkdtempSync(join(tmpdir(), "peer-tls-"));
const closing: (() => unknown)[] = [];
after(async () => {
  for (const close of closing) await close();
  rmSync(dir, { recursive: true });
});

let authorityKeys: webcrypto.CryptoKeyPair;
let authority: x509.X509Certificate;

before(async () => {
  authorityKeys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=authority",
    notBefore: longAgo,
    notAfter: farAhead,
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), new x509.KeyUsagesExtension(usages)],
  });
  save("ca.pem", authority.toString("pem"));
});

function save(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

interface Issue {
  readonly serial: string;
  readonly commonName?: string;
  readonly notAfter?: Date;
}

/** Writes `NAME.pem` and `NAME-key.pem`: a certificate for 127.0.0.1. */
async function issue(name: string, { serial, commonName = name, notAfter = farAhead }: Issue): Promise<void> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: `CN=${commonName}`,
    issuer: authority.subject,
    notBefore: longAgo,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const key = KeyObject.from(keys.privateKey as webcrypto.CryptoKey).export({ type: "pkcs8", format: "pem" });
  save(`${name}.pem`, certificate.toString("pem"));
  save(`${name}-key.pem`, key.toString());
}

async function revoke(serials: readonly string[]): Promise<string> {
  const crl = await x509.X509CrlGenerator.create({
    issuer: authority.subject,
    thisUpdate: longAgo,
    nextUpdate: farAhead,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: longAgo })),
  });
  return save("crl.der", new Uint8Array(crl.rawData));
}

/** Mutual TLS with a certificate that was issued under this name. */
function mutual(name: string, more: Partial<PeerTlsConfig> = {}): PeerTlsConfig {
  return {
    certFile: join(dir, `${name}.pem`),
    keyFile: join(dir, `${name}-key.pem`),
    trustedCaFile: join(dir, "ca.pem"),
    crlFile: "",
    clientCertAuth: true,
    allowedHostnames: [],
    allowedCommonNames: [],
    autoTls: false,
    selfSignedValidityYears: 1,
    cipherSuites: [],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    fixturesDir: join(dir, `fixtures-${name}`),
    clientCertFile: "",
    clientKeyFile: "",
    skipClientSanVerification: true,
    ...more,
  };
}

const answer: LinkAnswer = { status: 200, headers: {}, body: new Uint8Array(0) };

/** A member's listener and connector; `undefined`: without TLS. */
async function member(config: PeerTlsConfig | undefined) {
  const told: LogFields[] = [];
  const log = { ...silentLogger, warn: (_message: string, fields: LogFields = {}) => void told.push(fields) };
  const materialClock = new FakeClock();
  const hosts = ["127.0.0.1"];
  const tls = config && (await openPeerTls({ config, hosts, clock: materialClock, log: silentLogger }));
  const where = { host: "127.0.0.1", port: 0 };
  const listener = await PeerListener.open({ where, tls: tls?.server, clock: new NodeClock(), log });
  const refusal = { ...answer, status: 404 };
  listener.serve({ onStream: () => ({ refusal }), onUpload: async () => answer, onRequest: async () => answer });
  const connector = new HttpPeerConnector({ tls });
  closing.push(
    () => connector.close(),
    () => listener.close(),
  );
  return { connector, address: listener.address, materialClock, told };
}

type Member = Awaited<ReturnType<typeof member>>;
const request = { method: "GET", path: "/version", headers: {}, body: new Uint8Array(0), timeoutMs: 10_000 } as const;

/** The status that one member gets of another, or why it gets none; by a request, and by a stream it asks for. */
async function asks(from: Member, to: Member, scheme = "https"): Promise<[string, string]> {
  const url = `${scheme}://${to.address}`;
  const reason = (error: NodeJS.ErrnoException) => error.code ?? error.message;
  const requested = await from.connector.request(url, request).then(({ status }) => String(status), reason);
  const streamed = await new Promise<string>((resolve) => {
    const stream = { path: "/raft/stream/message/1", headers: {}, silenceMs: 10_000 };
    from.connector.openStream(url, stream, {
      onOpen() {},
      onData() {},
      onEnd: ({ refusal, error }) => resolve(refusal ? String(refusal.status) : error ? reason(error) : "closed"),
    });
  });
  return [requested, streamed];
}

/** Over a connection that was let in a stream is granted, and ended by the endpoint of these tests. */
const reached = ["200", "404"];

test("members with certificates of one authority reach each other; one that speaks the wrong scheme is refused at once, either way", async () => {
  await issue("m1", { serial: "11" });
  await issue("m2", { serial: "12" });
  const [one, two, plain] = [await member(mutual("m1")), await member(mutual("m2")), await member(undefined)];
  assert.deepEqual(await asks(one, two), reached);
  assert.deepEqual(await asks(plain, one, "http"), ["ECONNRESET", "ECONNRESET"]);
  assert.equal(one.told.length, 1, "a member without TLS is told of once");
  assert.match(String(one.told[0]!["error"]), /wrong version number|http request|packet length/);
  for (const reason of await asks(one, plain)) assert.match(reason, /^(EPROTO|ECONNRESET|ERR_SSL_.*)$/);
  // A member without certificates does not get in with the right scheme either, nor trusts what it is shown.
  for (const reason of await asks(plain, one)) assert.match(reason, /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY/);
});

test("an expired certificate is refused by whoever it is shown to, and its successor counts without a restart", async () => {
  await issue("good", { serial: "21" });
  await issue("late", { serial: "22", notAfter: new Date(Date.now() - 60_000) });
  const [good, late] = [await member(mutual("good")), await member(mutual("late"))];
  assert.deepEqual(await asks(good, late), ["CERT_HAS_EXPIRED", "CERT_HAS_EXPIRED"]);
  for (const reason of await asks(late, good)) assert.match(reason, /CERTIFICATE_EXPIRED|ECONNRESET/);
  assert.match(String(good.told[0]?.["error"]), /CERT_HAS_EXPIRED/);
  await issue("late", { serial: "23" });
  late.materialClock.advance(1_000);
  assert.deepEqual(await asks(late, good), reached);
  assert.deepEqual(await asks(good, late), reached);
});

test("a member whose certificate was revoked is refused, also by those who connect to it", async () => {
  await issue("kept", { serial: "31" });
  await issue("gone", { serial: "32" });
  const crlFile = await revoke(["99"]);
  const [kept, gone] = [await member(mutual("kept", { crlFile })), await member(mutual("gone"))];
  assert.deepEqual([await asks(gone, kept), await asks(kept, gone)], [reached, reached]);
  await revoke(["99", "32"]);
  kept.materialClock.advance(1_000);
  // Connections that were made before stay; a stream has one of its own.
  assert.match((await asks(gone, kept))[1], /CERTIFICATE_REVOKED|ECONNRESET/);
  assert.equal((await asks(kept, gone))[1], "CERT_REVOKED");
});

test("allowed common and host names hold for members that are connected to as well, as in etcd", async () => {
  await issue("right", { serial: "41", commonName: "etcd" });
  await issue("wrong", { serial: "42", commonName: "web" });
  const wrong = await member(mutual("wrong"));
  for (const more of [{ allowedCommonNames: ["etcd"] }, { allowedHostnames: ["etcd.example"] }]) {
    const right = await member(mutual("right", more));
    for (const reason of await asks(wrong, right)) assert.match(reason, /ECONNRESET/);
    const text = "client certificate authentication failed";
    assert.deepEqual(await asks(right, wrong), [text, text]);
  }
  const [one, two] = [await member(mutual("right", { allowedCommonNames: ["web", "etcd"] })), wrong];
  assert.deepEqual([await asks(one, two), await asks(two, one)], [reached, reached]);
});

test("members that made their own certificates reach each other, and no member that verifies", async () => {
  const own = { certFile: "", keyFile: "", trustedCaFile: "", clientCertAuth: false, autoTls: true };
  await issue("strict", { serial: "51" });
  const [one, two] = [await member(mutual("own1", own)), await member(mutual("own2", own))];
  const strict = await member(mutual("strict"));
  assert.deepEqual([await asks(one, two), await asks(two, one)], [reached, reached]);
  for (const reason of await asks(one, strict)) assert.match(reason, /ECONNRESET|UNKNOWN_CA|ERR_SSL_.*/);
  for (const reason of await asks(strict, one)) assert.match(reason, /SELF_SIGNED_CERT|CERT_HAS_EXPIRED/);
});

test("--tls-min-version and --cipher-suites hold between members", async () => {
  await issue("m3", { serial: "61" });
  const [old, fresh] = [
    await member(mutual("m3", { maxVersion: "TLSv1.2" })),
    await member(mutual("m3", { minVersion: "TLSv1.3" })),
  ];
  for (const reason of await asks(old, fresh)) assert.match(reason, /ERR_SSL_.*VERSION|ECONNRESET|EPROTO/);
  for (const reason of await asks(fresh, old)) assert.match(reason, /ERR_SSL_.*VERSION|ECONNRESET|EPROTO/);
  const only = (suite: string) => mutual("m3", { maxVersion: "TLSv1.2", cipherSuites: [suite] });
  const aes = await member(only("ECDHE-ECDSA-AES128-GCM-SHA256"));
  const chacha = await member(only("ECDHE-ECDSA-CHACHA20-POLY1305"));
  for (const reason of await asks(aes, chacha)) assert.match(reason, /ERR_SSL_.*|ECONNRESET|EPROTO/);
  assert.deepEqual(await asks(aes, old), reached);
});
