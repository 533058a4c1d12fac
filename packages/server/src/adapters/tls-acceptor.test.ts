import "reflect-metadata";
import assert from "node:assert/strict";
import { KeyObject, webcrypto, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { type ConnectionOptions, connect, type PeerCertificate, type TLSSocket } from "node:tls";
import * as x509 from "@peculiar/x509";
import type { CertificateNames } from "../peer/index.ts";
import { silentLogger, type TlsConfig } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { selfSignedCertificate } from "./self-signed-cert.ts";
import { TlsAcceptor, type TlsAcceptorOptions } from "./tls-acceptor.ts";
import { alternativeNamesOf, commonNameOf } from "./tls-identity.ts";
import { openTlsMaterial, TlsMaterial } from "./tls-material.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const notBefore = new Date("2020-01-01");
const notAfter = new Date("2099-01-01");
interface Issued {
  certificate: x509.X509Certificate;
  cert: string;
  key: string;
}

let dir: string;
let authorityKeys: webcrypto.CryptoKeyPair;
let authority: x509.X509Certificate;
let server: Issued;
let alice: Issued;
let mallory: Issued;
const cleanups: (() => void)[] = [];

async function issue(name: string, { serial, hosts = [] }: { serial: string; hosts?: string[] }): Promise<Issued> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: name,
    issuer: authority.subject,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions:
      hosts.length > 0
        ? [new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: "dns" as const, value })))]
        : [],
  });
  const key = KeyObject.from(keys.privateKey as webcrypto.CryptoKey).export({ type: "pkcs8", format: "pem" });
  return { certificate, cert: certificate.toString("pem"), key: key.toString() };
}

async function revocations(serials: string[]): Promise<Uint8Array> {
  const crl = await x509.X509CrlGenerator.create({
    issuer: authority.subject,
    thisUpdate: notBefore,
    nextUpdate: notAfter,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: notBefore })),
  });
  return new Uint8Array(crl.rawData);
}

before(async () => {
  dir = mkdtempSync(join(tmpdir(), "tls-"));
  authorityKeys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=authority",
    notBefore,
    notAfter,
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign),
    ],
  });
  server = await issue("CN=server", { serial: "10", hosts: ["localhost"] });
  alice = await issue("CN=alice", { serial: "11", hosts: ["alice.example", "*.wild.example"] });
  mallory = await issue("CN=alice.example", { serial: "12" });
  save("ca.pem", authority.toString("pem"));
});
after(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function save(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

function configOf(overrides: Partial<TlsConfig> = {}): TlsConfig {
  return {
    certFile: save("server.pem", server.cert),
    keyFile: save("server.key", server.key),
    trustedCaFile: "",
    crlFile: "",
    clientCertAuth: false,
    allowedHostnames: [],
    allowedCommonNames: [],
    autoTls: false,
    selfSignedValidityYears: 1,
    cipherSuites: [],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    fixturesDir: join(dir, "fixtures"),
    ...overrides,
  };
}

const mutual = () => ({ clientCertAuth: true, trustedCaFile: join(dir, "ca.pem") });

/** A TLS listener on a free port that greets everybody it admits. */
async function start(config: TlsConfig, options: Partial<TlsAcceptorOptions> = {}) {
  const clock = new FakeClock();
  const material = new TlsMaterial({ config, clock, log: silentLogger });
  const admitted: TLSSocket[] = [];
  const onConnection = (socket: TLSSocket) => {
    admitted.push(socket);
    socket.on("error", () => {});
    socket.write("hello");
  };
  const acceptor = new TlsAcceptor({ material, clock, log: silentLogger, side: "client", onConnection, ...options });
  const listener = createServer((socket) => acceptor.accept(socket));
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  cleanups.push(() => {
    listener.close();
    for (const socket of admitted) socket.destroy();
  });
  return { clock, acceptor, admitted, port: (listener.address() as AddressInfo).port };
}

/** Connects; the greeting shows that the server admitted us, an empty text that it did not. */
function greet(
  port: number,
  options: ConnectionOptions = {},
): Promise<{ said: string; socket: TLSSocket; serial: string }> {
  return new Promise((resolve) => {
    const ca = authority.toString("pem");
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca, ...options });
    cleanups.push(() => socket.destroy());
    let serial = "";
    socket.on("secureConnect", () => {
      serial = socket.getPeerCertificate().serialNumber;
    });
    socket.on("data", (bytes: Buffer) => resolve({ said: bytes.toString(), socket, serial }));
    socket.on("error", () => {});
    socket.on("close", () => resolve({ said: "", socket, serial }));
  });
}

const said = async (port: number, options: ConnectionOptions = {}) => (await greet(port, options)).said;

test("a connection is admitted after its handshake, over HTTP/2 when nothing else is offered", async () => {
  const { port, acceptor, admitted, clock } = await start(configOf());
  assert.equal(await said(port, { ALPNProtocols: ["h2"] }), "hello");
  assert.equal(await said(port, { ALPNProtocols: ["h2", "http/1.1"] }), "hello");
  assert.deepEqual(
    admitted.map(({ alpnProtocol }) => alpnProtocol),
    ["h2", "http/1.1"],
  );
  assert.deepEqual([acceptor.pendingCount, clock.pendingTimers], [0, 0]);
});

test("a handshake that takes too long is ended", async () => {
  const { port, acceptor, clock } = await start(configOf(), { handshakeTimeoutMs: 1000 });
  const raw = connectTcp(port, "127.0.0.1");
  const closed = new Promise<void>((done) => raw.on("close", () => done()));
  while (acceptor.pendingCount === 0) await new Promise((done) => setImmediate(done));
  clock.advance(999);
  assert.equal(acceptor.pendingCount, 1);
  clock.advance(1);
  raw.resume();
  await closed;
  while (acceptor.pendingCount > 0) await new Promise((done) => setImmediate(done));
});

test("what is not TLS is dropped", async () => {
  const { port, acceptor, admitted } = await start(configOf());
  const raw = connectTcp(port, "127.0.0.1", () => raw.write("GET / HTTP/1.1\r\n\r\n"));
  await new Promise<void>((done) =>
    raw
      .on("close", () => done())
      .on("error", () => {})
      .resume(),
  );
  while (acceptor.pendingCount > 0) await new Promise((done) => setImmediate(done));
  assert.equal(admitted.length, 0);
});

test("with client certificates required, only the CA's clients are admitted, and known by name", async () => {
  const { port, admitted } = await start(configOf(mutual()));
  assert.equal(await said(port), "");
  const own = await selfSignedCertificate({
    dir: join(dir, "own"),
    hosts: ["x"],
    validityYears: 1,
    clock: new FakeClock(),
    log: silentLogger,
  });
  assert.equal(await said(port, { cert: readFileSync(own.certFile), key: readFileSync(own.keyFile) }), "");
  assert.equal(await said(port, alice), "hello");
  assert.deepEqual(admitted.map(commonNameOf), ["alice"]);
});

test("a CA alone already requires certificates, as in etcd", async () => {
  const { port } = await start(configOf({ trustedCaFile: join(dir, "ca.pem") }));
  assert.deepEqual([await said(port), await said(port, alice)], ["", "hello"]);
});

test("allowed host names are looked for in the alternative names, not in the common name", async () => {
  const { port } = await start(configOf({ ...mutual(), allowedHostnames: ["other", "alice.example"] }));
  assert.deepEqual([await said(port, alice), await said(port, mallory)], ["hello", ""]);
  const other = await start(configOf({ ...mutual(), allowedHostnames: ["bob.example"] }));
  assert.equal(await said(other.port, alice), "");
  const wild = await start(configOf({ ...mutual(), allowedHostnames: ["x.wild.example"] }));
  assert.equal(await said(wild.port, alice), "hello");
});

test("allowed common names admit nobody else", async () => {
  const { port } = await start(configOf({ ...mutual(), allowedCommonNames: ["alice"] }));
  assert.deepEqual([await said(port, alice), await said(port, mallory)], ["hello", ""]);
});

test("a revoked certificate is refused, and a new list counts without a restart, be it DER or PEM", async () => {
  const crlFile = save("crl.pem", await revocations(["12"]));
  const { port, clock } = await start(configOf({ ...mutual(), crlFile }));
  assert.deepEqual([await said(port, alice), await said(port, mallory)], ["hello", ""]);
  const list = Buffer.from(await revocations(["12", "11"])).toString("base64");
  save("crl.pem", `-----BEGIN X509 CRL-----\n${list}\n-----END X509 CRL-----\n`);
  clock.advance(1000);
  assert.equal(await said(port, alice), "");
});

test("a certificate is admitted from its own address only, where that is asked for", async () => {
  const asked: [CertificateNames, string][] = [];
  const checkAddress = async (names: CertificateNames, remote: string) => {
    asked.push([names, remote]);
    return names.hosts.includes("alice.example") ? undefined : "tls: does not match";
  };
  const { port, clock, acceptor } = await start(configOf(mutual()), { checkAddress, side: "peer" });
  const bob = await issue("CN=bob", { serial: "13", hosts: ["bob.example"] });
  assert.deepEqual([await said(port, alice), await said(port, bob)], ["hello", ""]);
  const names = { addresses: [], hosts: ["alice.example", "*.wild.example"] };
  assert.deepEqual(asked[0], [names, "127.0.0.1"]);
  assert.deepEqual([acceptor.pendingCount, clock.pendingTimers], [0, 0]);
});

test("alternative names are told apart, quoted ones included", () => {
  const subjectaltname = 'DNS:a, URI:"x, DNS:evil", IP Address:10.0.0.1, DNS:*.b, IP Address:FD00:0:0:0:0:0:0:1';
  const certificate = { subjectaltname } as PeerCertificate;
  const names = { addresses: ["10.0.0.1", "FD00:0:0:0:0:0:0:1"], hosts: ["a", "*.b"] };
  assert.deepEqual(alternativeNamesOf(certificate), names);
  assert.deepEqual(alternativeNamesOf({} as PeerCertificate), { addresses: [], hosts: [] });
});

test("who shows no certificate is not asked where it comes from", async () => {
  const { port } = await start(configOf(), { checkAddress: async () => "asked" });
  assert.equal(await said(port), "hello");
});

test("a look-up of names that takes too long ends the connection", async () => {
  let onAsked = () => {};
  const started = new Promise<void>((done) => {
    onAsked = done;
  });
  const checkAddress = () => {
    onAsked();
    return new Promise<string | undefined>(() => {});
  };
  const { port, clock, acceptor, admitted } = await start(configOf(mutual()), { checkAddress });
  const greeting = said(port, alice);
  await started;
  clock.advance(10_000);
  assert.equal(await greeting, "");
  while (acceptor.pendingCount > 0) await new Promise((done) => setImmediate(done));
  assert.equal(admitted.length, 0);
});

test("a renewed certificate counts from the next connection on; a broken one leaves the old in force", async () => {
  const { port, clock } = await start(configOf());
  assert.equal((await greet(port)).serial, "10");
  const renewed = await issue("CN=server", { serial: "20", hosts: ["localhost"] });
  save("server.pem", renewed.cert);
  clock.advance(1000);
  assert.equal((await greet(port)).serial, "10", "its key is not there yet");
  save("server.key", renewed.key);
  clock.advance(1000);
  assert.equal((await greet(port)).serial, "20");
  rmSync(join(dir, "server.key"));
  clock.advance(1000);
  assert.equal((await greet(port)).serial, "20");
});

test("files are looked at once a second, not once a connection", () => {
  const clock = new FakeClock();
  const material = new TlsMaterial({ config: configOf(), clock, log: silentLogger });
  const later = new Date(Date.now() + 5000);
  utimesSync(join(dir, "server.pem"), later, later);
  assert.equal(material.refresh(), false);
  clock.advance(1000);
  assert.equal(material.refresh(), true);
  clock.advance(1000);
  assert.equal(material.refresh(), false);
});

test("versions and cipher suites are those asked for", async () => {
  const protocol = async (config: Partial<TlsConfig>, options: ConnectionOptions = {}) => {
    const { port } = await start(configOf(config));
    const { said: greeting, socket } = await greet(port, options);
    return greeting === "" ? "refused" : `${socket.getProtocol()} ${socket.getCipher().name}`;
  };
  assert.match(await protocol({}), /^TLSv1.3 /);
  assert.match(await protocol({ maxVersion: "TLSv1.2" }), /^TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256$/);
  assert.equal(await protocol({ minVersion: "TLSv1.3" }, { maxVersion: "TLSv1.2" }), "refused");
  const suites = { cipherSuites: ["ECDHE-ECDSA-AES256-GCM-SHA384"] };
  assert.equal(await protocol(suites, { maxVersion: "TLSv1.2" }), "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384");
  assert.match(await protocol(suites), /^TLSv1.3 /);
  assert.equal(await protocol({}, { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" }), "refused");
});

test("material that does not fit is refused at start", () => {
  const open = (overrides: Partial<TlsConfig>) =>
    new TlsMaterial({ config: configOf(overrides), clock: new FakeClock(), log: silentLogger });
  assert.throws(() => open({ keyFile: save("other.key", alice.key) }), /key values mismatch/);
  assert.throws(() => open({ certFile: join(dir, "none.pem") }), /ENOENT/);
  assert.throws(() => open({ certFile: save("junk.pem", "junk") }));
});

test("--auto-tls makes a certificate for its hosts once, with a private key nobody else can read", async () => {
  const clock = new FakeClock({ wallMs: Date.UTC(2026, 0, 1) });
  const options = {
    dir: join(dir, "fixtures", "client"),
    hosts: ["localhost", "127.0.0.1", "::1"],
    validityYears: 2,
    clock,
    log: silentLogger,
  };
  const files = await selfSignedCertificate(options);
  const certificate = new X509Certificate(readFileSync(files.certFile));
  assert.equal(certificate.subject, "O=etcd");
  assert.equal(certificate.checkHost("localhost"), "localhost");
  for (const ip of ["127.0.0.1", "::1"]) assert.equal(certificate.checkIP(ip), ip);
  assert.equal(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom), 2 * 365 * 24 * 3_600_000);
  assert.equal(statSync(files.keyFile).mode & 0o777, 0o600);
  assert.match(readFileSync(files.keyFile, "utf8"), /^-----BEGIN EC PRIVATE KEY-----/);
  const { port } = await start(configOf(files));
  assert.equal(await said(port, { ca: readFileSync(files.certFile), checkServerIdentity: () => undefined }), "hello");
  await selfSignedCertificate(options);
  assert.equal(new X509Certificate(readFileSync(files.certFile)).serialNumber, certificate.serialNumber);
});

test("the material is the given certificate, else the member's own when asked for, else none", async () => {
  const open = (overrides: Partial<TlsConfig>) =>
    openTlsMaterial({ config: configOf(overrides), hosts: ["localhost"], clock: new FakeClock(), log: silentLogger });
  const subject = async (overrides: Partial<TlsConfig>) =>
    new X509Certificate((await open(overrides))!.context.cert as Buffer).subject;
  const none = { certFile: "", keyFile: "" };
  assert.equal(await subject({ autoTls: true }), "CN=server");
  assert.equal(await subject({ ...none, autoTls: true }), "O=etcd");
  assert.equal(await open(none), undefined);
});
