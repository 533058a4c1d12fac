/**
 * What etcd verifies after all flags are read, in its order and its words. Each check returns the line of refusal or
 * `undefined`; the first line wins. `initial-cluster` is not looked at here: only a member that starts for the first
 * time reads it (see `membership/`).
 */

import { formatGoDuration } from "../lib/go-duration.ts";
import { checkBindUrls, checkHostUrls, isIp, isSecure, quote } from "../membership/index.ts";
import { openSslCipherName } from "./cipher-suites.ts";
import { checkDiscovery } from "./discovery-config.ts";
import type { Settings } from "./settings.ts";

type Check = (settings: Settings) => string | undefined;

const ELECTION_MS_MAX = 50_000;

/** The first reason not to start with these settings. */
export function checkSettings(settings: Settings): string | undefined {
  for (const check of checks) {
    const refusal = check(settings);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

const checks: readonly Check[] = [
  checkFallback,
  checkLogging,
  (settings) => checkBindUrls(settings.urls("listen-peer-urls")),
  (settings) => checkBindUrls(settings.urls("listen-client-urls")),
  (settings) => checkBindUrls(settings.urls("listen-metrics-urls")),
  checkAdvertised,
  checkDiscovery,
  checkNameServers,
  checkTimes,
  checkClientUrls,
  checkCompaction,
  checkGates,
  checkMetrics,
  checkTlsVersions,
  checkCipherSuites,
  (settings) => checkKeyPair(settings, ["key-file", "cert-file"]),
  (settings) => checkKeyPair(settings, ["peer-key-file", "peer-cert-file"]),
  checkAutoTls,
  (settings) => checkClientIdentity(settings, { prefix: "", side: "client" }),
  (settings) => checkClientIdentity(settings, { prefix: "peer-", side: "peer" }),
  checkSecureUrls,
];

function checkFallback(settings: Settings): string | undefined {
  if (settings.compat !== "3.7" || settings.text("discovery-fallback") !== "proxy") return undefined;
  return `v2 proxy is deprecated, and --discovery-fallback can't be configured as "proxy"`;
}

function checkNameServers(settings: Settings): string | undefined {
  const isServer = (text: string) => {
    const [, bracketed, plain = text] = /^(?:\[(.*)\]|([^:]*))(?::\d{1,5})?$/.exec(text) ?? [];
    return isIp(bracketed ?? plain);
  };
  const bad = settings.list("name-servers").find((text) => !isServer(text));
  return bad === undefined ? undefined : `--name-servers must hold IP addresses with or without a port (${bad})`;
}

function checkLogging(settings: Settings): string | undefined {
  const logger = settings.text("logger");
  if (logger === "capnslog" && settings.compat === "3.7") return "--logger=capnslog is removed in v3.5";
  if (logger !== "zap" && logger !== "capnslog") return `unknown logger option ${quote(logger)}`;
  const outputs = settings.list("log-outputs");
  if (outputs.length > 1 && outputs.includes("default")) return 'multi logoutput for "default" is not supported yet';
  if (outputs.includes("systemd/journal")) return "--log-outputs systemd/journal is not available yet in this server";
  const level = settings.text("log-level");
  if (!/^(|debug|info|warn|error|panic|fatal)$/.test(level.toLowerCase())) return `unrecognized level: ${quote(level)}`;
  const format = settings.text("log-format");
  if (!["", "json", "console"].includes(format)) return `unknown log format: ${format}, supported values json, console`;
  return undefined;
}

function checkAdvertised(settings: Settings): string | undefined {
  const peer = checkHostUrls(settings.urls("initial-advertise-peer-urls"));
  if (peer !== undefined)
    return `--initial-advertise-peer-urls ${listed(settings, "initial-advertise-peer-urls")} must be "host:port" (${peer})`;
  const client = checkHostUrls(settings.urls("advertise-client-urls"));
  if (client === undefined) return undefined;
  const forms =
    settings.compat !== "3.7"
      ? '"host:port"'
      : 'in the format "host:port", "unix:/path/to/socket" or "unixs:/path/to/socket"';
  return `--advertise-client-urls ${listed(settings, "advertise-client-urls")} must be ${forms} (${client})`;
}

function listed(settings: Settings, name: string): string {
  return quote(
    settings
      .urls(name)
      .map((url) => url.text)
      .join(","),
  );
}

function checkTimes(settings: Settings): string | undefined {
  const heartbeat = settings.number("heartbeat-interval");
  const election = settings.number("election-timeout");
  if (heartbeat === 0) return `--heartbeat-interval must be >0 (set to ${heartbeat}ms)`;
  if (election === 0) return `--election-timeout must be >0 (set to ${election}ms)`;
  if (5 * heartbeat > election)
    return `--election-timeout[${election}ms] should be at least as 5 times as --heartbeat-interval[${heartbeat}ms]`;
  if (election > ELECTION_MS_MAX)
    return `--election-timeout[${election}ms] is too long, and should be set less than ${ELECTION_MS_MAX}ms`;
  return undefined;
}

function checkClientUrls(settings: Settings): string | undefined {
  if (!settings.isSet("listen-client-urls") || settings.isSet("advertise-client-urls")) return undefined;
  return "--advertise-client-urls is required when --listen-client-urls is set explicitly";
}

function checkCompaction(settings: Settings): string | undefined {
  const mode = settings.text("auto-compaction-mode");
  if (mode === "") return "undefined auto-compaction-mode";
  if (mode !== "periodic" && mode !== "revision") return `unknown auto-compaction-mode ${quote(mode)}`;
  return undefined;
}

interface Gate {
  readonly on: boolean;
  /** Whether this server behaves the same either way. */
  readonly either: boolean;
}
const gates: Readonly<Record<string, Gate>> = {
  StopGRPCServiceOnDefrag: { on: false, either: false },
  InitialCorruptCheck: { on: false, either: false },
  CompactHashCheck: { on: false, either: false },
  TxnModeWriteWithSharedBuffer: { on: true, either: true },
  LeaseCheckpoint: { on: false, either: false },
  LeaseCheckpointPersist: { on: false, either: false },
  SetMemberLocalAddr: { on: false, either: false },
  FastLeaseKeepAlive: { on: true, either: true },
  PriorityRequest: { on: false, either: false },
};

function checkGates(settings: Settings): string | undefined {
  const given = settings.gates("feature-gates");
  for (const [name, on] of given) {
    const gate = Object.hasOwn(gates, name) ? gates[name] : undefined;
    if (gate === undefined) return `unrecognized feature gate: ${name}`;
    if (name === "LeaseCheckpointPersist" && on && given.get("LeaseCheckpoint") !== true)
      return "enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint";
    if (on !== gate.on && !gate.either) return `feature gate ${name}=${on} is not available yet in this server`;
  }
  const pause = settings.number("compact-hash-check-time");
  return pause > 0 ? undefined : `--compact-hash-check-time must be >0 (set to ${formatGoDuration(pause)})`;
}

function checkMetrics(settings: Settings): string | undefined {
  const level = settings.text("metrics");
  return level === "basic" || level === "extensive"
    ? undefined
    : `unknown --metrics ${quote(level)} (must be basic or extensive)`;
}

function checkTlsVersions(settings: Settings): string | undefined {
  const least = settings.text("tls-min-version");
  const most = settings.text("tls-max-version");
  for (const version of [least, most])
    if (!["", "TLS1.2", "TLS1.3"].includes(version))
      return `unexpected TLS version ${quote(version)} (must be one of: TLS1.2, TLS1.3)`;
  if (most !== "" && least > most) return `min version (${least}) is greater than max version (${most})`;
  if (least === "TLS1.3" && settings.list("cipher-suites").length > 0)
    return "cipher suites cannot be configured when only TLS1.3 is enabled";
  return undefined;
}

function checkCipherSuites(settings: Settings): string | undefined {
  const unknown = settings.list("cipher-suites").find((name) => openSslCipherName(name) === undefined);
  return unknown === undefined ? undefined : `unexpected TLS cipher suite ${quote(unknown)}`;
}

function checkKeyPair(settings: Settings, [key, cert]: readonly [string, string]): string | undefined {
  const keyFile = settings.text(key);
  const certFile = settings.text(cert);
  if ((keyFile === "") === (certFile === "")) return undefined;
  return `KeyFile and CertFile must both be present[key: ${keyFile}, cert: ${certFile}]`;
}

function checkAutoTls(settings: Settings): string | undefined {
  const wanted = settings.switch("auto-tls") || settings.switch("peer-auto-tls");
  if (!wanted || settings.number("self-signed-cert-validity") > 0) return undefined;
  return "selfSignedCertValidity is invalid,it should be greater than 0";
}

/** Without client certificates these flags would check nothing; etcd lets that pass in silence. */
function checkClientIdentity(
  settings: Settings,
  { prefix, side }: { prefix: "" | "peer-"; side: "client" | "peer" },
): string | undefined {
  if (settings.switch(`${prefix}client-cert-auth`) || settings.text(`${prefix}trusted-ca-file`) !== "")
    return undefined;
  const needs = `needs --${prefix}client-cert-auth or --${prefix}trusted-ca-file`;
  if (settings.text(`${side}-crl-file`) !== "") return `--${side}-crl-file ${needs}`;
  if (settings.list(`${side}-cert-allowed-hostname`).length > 0) return `--${side}-cert-allowed-hostname ${needs}`;
  return undefined;
}

function checkSecureUrls(settings: Settings): string | undefined {
  const hasTls = settings.text("cert-file") !== "" || settings.switch("auto-tls");
  const client = settings.urls("listen-client-urls").find(isSecure);
  if (client !== undefined && !hasTls)
    return `TLS key/cert (--cert-file, --key-file) must be provided for client url ${client.text} with HTTPS scheme`;
  const metrics = settings.urls("listen-metrics-urls").find(isSecure);
  if (metrics !== undefined && !hasTls)
    return `TLS key/cert (--cert-file, --key-file) must be provided for metrics url ${metrics.text} with HTTPS scheme`;
  const hasPeerTls = settings.text("peer-cert-file") !== "" || settings.switch("peer-auto-tls");
  const peer = settings.urls("listen-peer-urls").find(isSecure);
  if (peer !== undefined && !hasPeerTls)
    return `cannot listen on TLS for ${peer.address}: KeyFile and CertFile are not presented`;
  return undefined;
}
