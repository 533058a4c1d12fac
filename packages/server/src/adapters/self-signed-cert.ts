/**
 * The certificate a member makes for itself under `--auto-tls`: ECDSA P-256, for the hosts it listens on, kept as
 * `cert.pem` and `key.pem` where etcd keeps its own, and used again by every later start. It encrypts; it proves
 * nothing to a client that was not given this very certificate.
 */
import { KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Logger } from "../ports/index.ts";

/** Where the certificate is kept and whom it names. */
export interface SelfSignedOptions {
  readonly dir: string;
  /** Host names and IP addresses, without ports. */
  readonly hosts: readonly string[];
  readonly validityYears: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Paths as `--cert-file` and `--key-file` take them. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

const YEAR_MS = 365 * 24 * 3_600_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The files of the member's own certificate, made now unless both exist. */
export async function selfSignedCertificate(options: SelfSignedOptions): Promise<CertificateFiles> {
  const files = { certFile: join(options.dir, "cert.pem"), keyFile: join(options.dir, "key.pem") };
  if (existsSync(files.certFile) && existsSync(files.keyFile)) {
    noteExpiry(files.certFile, options);
    return files;
  }
  const notAfter = new Date(options.clock.wallMs() + options.validityYears * YEAR_MS);
  options.log.warn("automatically generate certificates", { "certificate-validity-bound-not-after": notAfter });
  const { cert, key } = await generate({ hosts: options.hosts, notBefore: new Date(options.clock.wallMs()), notAfter });
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  writeFileSync(files.keyFile, key, { mode: 0o600 });
  writeFileSync(files.certFile, cert);
  options.log.info("created cert file", { path: files.certFile });
  options.log.info("created key file", { path: files.keyFile });
  return files;
}

function noteExpiry(certFile: string, { clock, log }: SelfSignedOptions): void {
  const { validTo } = new X509Certificate(readFileSync(certFile));
  if (Date.parse(validTo) < clock.wallMs())
    log.warn("the self-signed certificate has expired; remove it to have a new one made", { path: certFile });
}

async function generate(options: {
  hosts: readonly string[];
  notBefore: Date;
  notAfter: Date;
}): Promise<{ cert: string; key: string }> {
  // Loaded here because only a first start with --auto-tls needs it; the polyfill has to come first.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const { KeyUsageFlags: usage, ExtendedKeyUsage: purpose } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `00${randomBytes(16).toString("hex")}`,
    name: "O=etcd",
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(usage.digitalSignature | usage.keyCertSign | usage.cRLSign, true),
      new x509.ExtendedKeyUsageExtension([purpose.serverAuth, purpose.clientAuth]),
      new x509.SubjectAlternativeNameExtension(options.hosts.map(alternativeName)),
    ],
  });
  const key = KeyObject.from(keys.privateKey as webcrypto.CryptoKey).export({ type: "sec1", format: "pem" });
  return { cert: certificate.toString("pem"), key: key.toString() };
}

function alternativeName(host: string): { type: "ip" | "dns"; value: string } {
  const isIp = host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
  return { type: isIp ? "ip" : "dns", value: host };
}
