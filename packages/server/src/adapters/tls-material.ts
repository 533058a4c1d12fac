/**
 * Keys and certificates of one side (clients or peers), read from files and read again when a file changes: a renewed
 * certificate, CA bundle or revocation list counts from the next connection on, without a restart. A file that cannot
 * be read or does not fit leaves the old material in force, with a warning.
 */
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Clock, Logger, TlsConfig } from "../ports/index.ts";
import { selfSignedCertificate } from "./self-signed-cert.ts";

/** The TLS flags of one side; `certFile` and `keyFile` must be set. */
export interface TlsMaterialOptions {
  readonly config: TlsConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Files are looked at no more often than this, however fast connections come. */
const CHECK_EVERY_MS = 1000;
/** Go always offers these three; `--cipher-suites` chooses among the older ones only. */
const tls13Suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
/** Forward secret and authenticated: what is offered when nobody chooses. */
const tls12Suites = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

export class TlsMaterial {
  readonly #config: TlsConfig;
  readonly #clock: Clock;
  readonly #log: Logger;
  #context: SecureContextOptions;
  #fingerprint: string;
  #checkedMs: number;

  /** Reads everything; throws when a file is missing or does not fit the others. */
  constructor({ config, clock, log }: TlsMaterialOptions) {
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    this.#fingerprint = this.#readFingerprint();
    this.#context = this.#read();
    this.#checkedMs = clock.nowMs();
  }

  /** Whether clients must show a certificate; a CA to verify them with means they must, as in etcd. */
  get requiresClientCertificate(): boolean {
    return this.#config.clientCertAuth || this.#config.trustedCaFile !== "";
  }

  get allowedHostnames(): readonly string[] {
    return this.#config.allowedHostnames;
  }

  get allowedCommonNames(): readonly string[] {
    return this.#config.allowedCommonNames;
  }

  /** What to make secure contexts of; replaced, never changed, when the files change. */
  get context(): SecureContextOptions {
    return this.#context;
  }

  /** Looks whether the files have changed, at most once a second, and says whether `context` is a new one. */
  refresh(): boolean {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#checkedMs < CHECK_EVERY_MS) return false;
    this.#checkedMs = nowMs;
    try {
      const fingerprint = this.#readFingerprint();
      if (fingerprint === this.#fingerprint) return false;
      this.#context = this.#read();
      this.#fingerprint = fingerprint;
    } catch (error) {
      const { certFile, keyFile } = this.#config;
      this.#log.warn("failed to reload certificates; going on with the old ones", {
        "cert-file": certFile,
        "key-file": keyFile,
        error,
      });
      return false;
    }
    this.#log.info("reloaded certificates", { "cert-file": this.#config.certFile });
    return true;
  }

  #read(): SecureContextOptions {
    const { certFile, keyFile, trustedCaFile, crlFile, minVersion, maxVersion, cipherSuites } = this.#config;
    const context: SecureContextOptions = {
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      ...(trustedCaFile === "" ? {} : { ca: readFileSync(trustedCaFile) }),
      ...(crlFile === "" ? {} : { crl: readRevocationList(crlFile) }),
      minVersion,
      maxVersion,
      ciphers: cipherList(cipherSuites),
      honorCipherOrder: true,
    };
    // A key that does not belong to its certificate shows here, not at the first handshake.
    createSecureContext(context);
    return context;
  }

  /** Changes when any of the files is written or replaced. */
  #readFingerprint(): string {
    const { certFile, keyFile, trustedCaFile, crlFile } = this.#config;
    const files = [certFile, keyFile, trustedCaFile, crlFile].filter((file) => file !== "");
    return files
      .map((file) => statSync(file))
      .map(({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`)
      .join(",");
  }
}

/** Node takes PEM only; tools also write DER, and etcd 3.7 takes nothing else. */
function readRevocationList(crlFile: string): Buffer | string {
  const bytes = readFileSync(crlFile);
  if (bytes[0] !== 0x30) return bytes;
  return `-----BEGIN X509 CRL-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END X509 CRL-----\n`;
}

/** OpenSSL's list of suites; the names were checked when the flags were read. */
function cipherList(names: readonly string[]): string {
  const chosen = names.filter((name) => !name.startsWith("TLS_"));
  return [...tls13Suites, ...(names.length === 0 ? tls12Suites : chosen)].join(":");
}

/**
 * The material a side's flags ask for: the given certificate, else the member's own under `--auto-tls`, else `undefined`:
 * no TLS. `hosts` are those the side listens on, without ports. Throws as the constructor does.
 */
export async function openTlsMaterial(
  options: TlsMaterialOptions & { readonly hosts: readonly string[] },
): Promise<TlsMaterial | undefined> {
  const { config, hosts, clock, log } = options;
  if (config.certFile !== "" && config.autoTls) log.warn("ignoring auto TLS since certs given");
  if (config.certFile !== "") return new TlsMaterial(options);
  if (!config.autoTls) return undefined;
  const own = { dir: config.fixturesDir, hosts, validityYears: config.selfSignedValidityYears, clock, log };
  return new TlsMaterial({ config: { ...config, ...(await selfSignedCertificate(own)) }, clock, log });
}
