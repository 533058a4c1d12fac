/**
 * The `--discovery…` flags: at most one way to find the founders of a cluster, and what that way needs. Contradictions are
 * refused in etcd's words; each release names the flags that it has.
 */
import type { Settings } from "./settings.ts";

/** How the founders are found, when not by `--initial-cluster`. */
export type DiscoveryConfig =
  | { readonly kind: "srv"; readonly domain: string; readonly serviceName: string }
  | {
      readonly kind: "v2";
      readonly url: string;
      readonly proxy: string;
      readonly fallsBack: boolean;
      /** Who is asked before 2.0 when the service is away. */
      readonly peers: readonly string[];
    }
  /** A running cluster is joined through members of it. */
  | { readonly kind: "peers"; readonly urls: readonly string[] }
  | V3DiscoveryConfig;

/** Discovery through the v3 key space of another cluster. */
export interface V3DiscoveryConfig {
  readonly kind: "v3";
  readonly token: string;
  readonly endpoints: readonly string[];
  readonly dialTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly insecureTransport: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly user: string;
  readonly password: string;
}

/** Whether one of the flags says that the founders are to be found. */
export function discovers(settings: Settings): boolean {
  const { url, domain, endpoints } = readWays(settings);
  return url !== "" || domain !== "" || endpoints.length > 0 || joins(settings);
}

/** Whether a running cluster is to be joined through its peers, as before 2.0. */
export function joins(settings: Settings): boolean {
  return settings.list("peers").length > 0 && settings.text("discovery") === "";
}

/** The way that was chosen, if any. */
export function readDiscovery(settings: Settings): DiscoveryConfig | undefined {
  const { url, domain, endpoints } = readWays(settings);
  if (domain !== "") return { kind: "srv", domain, serviceName: settings.text("discovery-srv-name") };
  if (url !== "") {
    const fallsBack = settings.text("discovery-fallback") === "proxy";
    return { kind: "v2", url, proxy: settings.text("discovery-proxy"), fallsBack, peers: peersOf(settings) };
  }
  if (endpoints.length > 0) return readV3(settings, endpoints);
  return joins(settings) ? { kind: "peers", urls: peersOf(settings) } : undefined;
}

function peersOf(settings: Settings): string[] {
  return settings.list("peers").map((peer) => peerUrl(peer, settings));
}

/** Those releases wrote a host and a port; whether peers spoke TLS followed from the certificate. */
function peerUrl(peer: string, settings: Settings): string {
  if (peer.includes("://")) return peer;
  return `${settings.text("peer-cert-file") === "" ? "http" : "https"}://${peer.trim()}`;
}

/** The first contradiction among the flags. */
export function checkDiscovery(settings: Settings): string | undefined {
  const { url, domain, endpoints } = readWays(settings);
  const static_ = settings.isSet("initial-cluster") && settings.text("initial-cluster") !== "";
  const chosen = [static_, url !== "", domain !== "", endpoints.length > 0].filter((one) => one).length;
  if (chosen > 1) return `multiple discovery or bootstrap flags are set. Choose one of ${waysOf(settings, url)}`;
  const hasToken = settings.text("discovery-token") !== "";
  if (hasToken !== endpoints.length > 0) return "both --discovery-token and --discovery-endpoints must be set";
  if (endpoints.some((one) => one.trim() === "")) return "--discovery-endpoints must not contain empty endpoints";
  return checkUnused(settings, { url, domain }) ?? checkV3(settings);
}

function readWays(settings: Settings) {
  return {
    url: settings.text("discovery"),
    domain: settings.text("discovery-srv"),
    endpoints: settings.list("discovery-endpoints"),
  };
}

/** Older releases know no v3 discovery, 3.7 no v2 discovery; who asks for it under 3.7 is told of it nevertheless. */
function waysOf({ compat }: Settings, url: string): string {
  if (compat !== "3.7") return '"initial-cluster", "discovery" or "discovery-srv"';
  if (url === "") return '"initial-cluster", "discovery-endpoints" or "discovery-srv"';
  return '"initial-cluster", "discovery", "discovery-endpoints" or "discovery-srv"';
}

/** A flag that refines a way which was not chosen would be ignored in silence. */
function checkUnused(settings: Settings, { url, domain }: { url: string; domain: string }): string | undefined {
  if (domain === "" && settings.text("discovery-srv-name") !== "") return "--discovery-srv-name needs --discovery-srv";
  if (url === "" && settings.text("discovery-proxy") !== "") return "--discovery-proxy needs --discovery";
  return undefined;
}

function checkV3(settings: Settings): string | undefined {
  const certFile = settings.text("discovery-cert");
  const keyFile = settings.text("discovery-key");
  if ((certFile === "") !== (keyFile === ""))
    return `--discovery-cert and --discovery-key must both be present[key: ${keyFile}, cert: ${certFile}]`;
  const user = settings.text("discovery-user");
  const password = settings.text("discovery-password");
  if (password !== "" && user === "") return "--discovery-password needs --discovery-user";
  return undefined;
}

function readV3(settings: Settings, endpoints: readonly string[]): V3DiscoveryConfig {
  const written = settings.text("discovery-user");
  const colon = written.indexOf(":");
  const password = settings.text("discovery-password");
  const splits = password === "" && colon >= 0;
  return {
    kind: "v3",
    token: settings.text("discovery-token"),
    endpoints,
    dialTimeoutMs: settings.number("discovery-dial-timeout"),
    requestTimeoutMs: settings.number("discovery-request-timeout"),
    keepAliveMs: settings.number("discovery-keepalive-time"),
    keepAliveTimeoutMs: settings.number("discovery-keepalive-timeout"),
    insecureTransport: settings.switch("discovery-insecure-transport"),
    insecureSkipTlsVerify: settings.switch("discovery-insecure-skip-tls-verify"),
    certFile: settings.text("discovery-cert"),
    keyFile: settings.text("discovery-key"),
    caFile: settings.text("discovery-cacert"),
    user: splits ? written.slice(0, colon) : written,
    password: splits ? written.slice(colon + 1) : password,
  };
}
