/**
 * Endpoints of another cluster as etcd's clients write them: `http://` and `unix://` without TLS, `https://` and `unixs://` with it,
 * and `host:port` with TLS when the flags say anything about it.
 */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { ByteStream } from "@etcd-ts/wire";
import { connect } from "@etcd-ts/wire/node";

/** How to reach the servers: over which TLS, how long to wait. */
export interface RpcEndpointOptions {
  readonly dialTimeoutMs: number;
  readonly insecureTransport: boolean;
  readonly insecureSkipTlsVerify: boolean;
  /** PEM files; empty: none. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

/** Where to connect to, and how. */
export interface RpcEndpoint {
  readonly authority: string;
  readonly scheme: "http" | "https";
  connect(): Promise<ByteStream>;
}

/** Reads an endpoint and the files it needs; throws with one line when that fails. */
export function rpcEndpoint(text: string, options: RpcEndpointOptions): RpcEndpoint {
  const [, scheme = "", rest = ""] = /^(?:(https?|unixs?):\/\/)?(.*)$/.exec(text.trim())!;
  const isSecure = scheme === "" ? wantsTls(options) : scheme.endsWith("s");
  const path = scheme.startsWith("unix") ? rest : undefined;
  const url = path === undefined ? `http://${rest}` : "http://localhost:1";
  if (!URL.canParse(url) || new URL(url).pathname !== "/") throw new Error(`invalid endpoint ${JSON.stringify(text)}`);
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const port = Number(/:(\d+)\/?$/.exec(url)?.[1] ?? Number.NaN);
  if (Number.isNaN(port)) throw new Error(`endpoint ${JSON.stringify(text)} has no port`);
  const where = path === undefined ? { host, port } : { path };
  const tls = isSecure ? tlsOptions(options, host) : undefined;
  return {
    authority: path === undefined ? new URL(url).host : "localhost",
    scheme: isSecure ? "https" : "http",
    connect: () => connect({ ...where, timeoutMs: options.dialTimeoutMs, ...(tls === undefined ? {} : { tls }) }),
  };
}

function wantsTls({ insecureTransport, insecureSkipTlsVerify, certFile, caFile }: RpcEndpointOptions): boolean {
  return !insecureTransport || insecureSkipTlsVerify || certFile !== "" || caFile !== "";
}

function tlsOptions({ certFile, keyFile, caFile, ...options }: RpcEndpointOptions, host: string): ConnectionOptions {
  return {
    ...(certFile === "" ? {} : { cert: readFileSync(certFile), key: readFileSync(keyFile) }),
    ...(caFile === "" ? {} : { ca: readFileSync(caFile) }),
    // A server name is a name: Node refuses addresses there and compares them by itself.
    servername: /^[\d.]+$|:/.test(host) ? "" : host,
    rejectUnauthorized: !options.insecureSkipTlsVerify,
  };
}
