/**
 * TLS between members: what a listener serves with, and what a member shows when it connects to another. A member that
 * made its own certificate (`--peer-auto-tls`) encrypts without verifying, as in etcd: nobody could know the others' certificates.
 */
import type { RequestOptions } from "node:https";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { TlsConfig } from "../ports/index.ts";
import { bearsAllowedName } from "./tls-identity.ts";
import { openTlsMaterial, TlsMaterial, type TlsMaterialOptions } from "./tls-material.ts";

export class PeerTlsMaterial {
  /** For the listeners. */
  readonly server: TlsMaterial;
  readonly #client: TlsMaterial;
  readonly #verifies: boolean;

  /** `client` differs from `server` where members connect with a certificate of its own. */
  constructor(options: { readonly server: TlsMaterial; readonly client: TlsMaterial; readonly verifies: boolean }) {
    this.server = options.server;
    this.#client = options.client;
    this.#verifies = options.verifies;
  }

  /** What a connection to `host` is made with; files that have changed count from now on. */
  clientOptions(host: string): RequestOptions {
    this.#client.refresh();
    const { honorCipherOrder: _, ...context } = this.#client.context;
    // A server name is a name: Node refuses addresses there and compares them by itself.
    const servername = /^[\d.]+$|:/.test(host) ? "" : host;
    const identity = { checkServerIdentity: (name: string, shown: PeerCertificate) => this.#refuse(name, shown) };
    return { ...context, ...identity, servername, rejectUnauthorized: this.#verifies };
  }

  /** Why a member that was connected to is not taken for one: its names are looked at on both sides, as in etcd. */
  #refuse(name: string, certificate: PeerCertificate): Error | undefined {
    const foreign = checkServerIdentity(name, certificate);
    if (foreign !== undefined || bearsAllowedName(certificate, this.server)) return foreign;
    return new Error("client certificate authentication failed");
  }
}

/** The material that the `--peer-…` flags ask for; undefined without any. Throws when a file does not fit. */
export async function openPeerTls(
  options: Omit<TlsMaterialOptions, "config"> & { readonly config: PeerTlsConfig; readonly hosts: readonly string[] },
): Promise<PeerTlsMaterial | undefined> {
  const { config, clock, log } = options;
  const server = await openTlsMaterial(options);
  if (server === undefined) return undefined;
  const { clientCertFile: certFile, clientKeyFile: keyFile } = config;
  const client = certFile === "" ? server : new TlsMaterial({ config: { ...config, certFile, keyFile }, clock, log });
  return new PeerTlsMaterial({ server, client, verifies: config.certFile !== "" });
}

/** TLS of the peer side: members are clients too, with a certificate of their own where one is given. */
export interface PeerTlsConfig extends TlsConfig {
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
  /** Whether a member's certificate may be shown from any address. */
  readonly skipClientSanVerification: boolean;
}
