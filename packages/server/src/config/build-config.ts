/**
 * Turns checked settings into the typed `ServerConfig`: defaults that depend on other flags, units, and the notes that
 * etcd logs about doubtful choices.
 */

import { parseGoDuration } from "../lib/go-duration.ts";
import type { MemberUrl, Parsed } from "../membership/index.ts";
import { isSecure, quote } from "../membership/index.ts";
import type { LogLevel, TlsConfig, TlsVersion } from "../ports/index.ts";
import { openSslCipherName } from "./cipher-suites.ts";
import { compats, findCompat, isLegacy, reportedVersions } from "./compat.ts";
import { discovers, joins, readDiscovery } from "./discovery-config.ts";
import type { AutoCompaction, ClientListenUrl, LogConfig, ServerConfig } from "./server-config.ts";
import type { Settings } from "./settings.ts";

const GIB = 2 ** 30;
const QUOTA_BYTES_DEFAULT = 2 * GIB;
const QUOTA_BYTES_ADVISED = 8 * GIB;
const REQUEST_BYTES_ADVISED = 10 * 2 ** 20;
/** Half of the largest record of the log: a request is wrapped, and may be carried with others. */
const REQUEST_BYTES_MAX = 128 * 2 ** 20;
const HOUR_MS = 3_600_000;
const RAFT_TIMEOUT_MS_MIN = 5000;
const BCRYPT_COST_DEFAULT = 10;

interface BuildOptions {
  readonly warn: (line: string) => void;
  /** This machine's address as others see it, for members that listen on 0.0.0.0; `undefined`: unknown. */
  readonly defaultHost: string | undefined;
}

const refuse = (error: string) => ({ ok: false, error }) as const;

/** The configuration, or the refusal of values that only make sense here (compaction, dialects). */
export function buildConfig(settings: Settings, options: BuildOptions): Parsed<ServerConfig> {
  const autoCompaction = readAutoCompaction(settings);
  if (!autoCompaction.ok) return autoCompaction;
  const listenClientUrls = readDialects(settings);
  if (!listenClientUrls.ok) return listenClientUrls;
  const stray = strayQuery(settings);
  if (stray !== undefined) return refuse(stray);
  noteDoubts(settings, options.warn);
  return {
    ok: true,
    value: {
      ...readMember(settings, options),
      ...readCluster(settings, options),
      ...readLimits(settings, options),
      ...readTimes(settings),
      listenClientUrls: listenClientUrls.value,
      autoCompaction: autoCompaction.value,
      clientTls: readTls(settings, { side: "client", dataDir: dataDirOf(settings) }),
      peerTls: {
        ...readTls(settings, { side: "peer", dataDir: dataDirOf(settings) }),
        clientCertFile: settings.text("peer-client-cert-file"),
        clientKeyFile: settings.text("peer-client-key-file"),
        skipClientSanVerification: settings.switch("peer-skip-client-san-verification"),
      },
      log: readLog(settings),
    },
  };
}

function readMember(settings: Settings, { warn }: BuildOptions) {
  if (settings.text("data-dir") === "") warn(`'data-dir' was empty; using default: ${dataDirOf(settings)}`);
  return {
    compat: settings.compat,
    reportedVersion: reportedVersions[settings.compat],
    name: settings.text("name"),
    dataDir: dataDirOf(settings),
    walDir: settings.text("wal-dir") || undefined,
    snapshotCount: settings.number("snapshot-count") || (settings.compat === "3.4" ? 100_000 : 10_000),
    snapshotCatchupEntries: settings.number("snapshot-catchup-entries") || 5000,
    maxSnapshots: settings.number("max-snapshots"),
    maxWals: settings.number("max-wals"),
    preVote: settings.switch("pre-vote"),
    initialElectionTickAdvance: settings.switch("initial-election-tick-advance"),
    listenPeerUrls: settings.urls("listen-peer-urls"),
    listenMetricsUrls: settings.urls("listen-metrics-urls"),
    enableGrpcGateway: settings.switch("enable-grpc-gateway"),
    enableV2: settings.switch("enable-v2"),
    modules: settings.switch("modules"),
    nameServers: settings.list("name-servers"),
    featureGates: settings.gates("feature-gates"),
    cors: settings.list("cors"),
    corsBefore3: settings.isSet("cors") ? settings.list("cors") : [],
    hostWhitelist: settings.list("host-whitelist"),
    metrics: settings.text("metrics") as "basic" | "extensive",
    unsafeNoFsync: settings.switch("unsafe-no-fsync"),
  };
}

function dataDirOf(settings: Settings): string {
  return settings.text("data-dir") || `${settings.text("name")}.etcd`;
}

function readCluster(settings: Settings, options: BuildOptions) {
  const peers = advertised(settings, { kind: "peer", ...options });
  // As in etcd, a name of one's own brings its entry along; other changes of the defaults need --initial-cluster.
  const fromName =
    !settings.isSet("initial-cluster") && (settings.text("name") !== "default" || isLegacy(settings.compat));
  const ownEntry = peers.map((url) => `${settings.text("name")}=${url}`).join(",");
  const initialCluster = fromName ? ownEntry : settings.text("initial-cluster");
  return {
    advertisePeerUrls: peers,
    advertiseClientUrls: advertised(settings, { kind: "client", ...options }),
    initialCluster: discovers(settings) ? "" : initialCluster,
    discovery: readDiscovery(settings),
    initialClusterState: joins(settings) ? "existing" : (settings.text("initial-cluster-state") as "new" | "existing"),
    initialClusterToken: settings.text("initial-cluster-token"),
    forceNewCluster: settings.switch("force-new-cluster"),
    forgetsData: settings.switch("forget-data"),
    legacyCluster: {
      activeSize: settings.number("active-size"),
      removeDelayMs: settings.number("remove-delay"),
      syncIntervalMs: settings.number("sync-interval"),
    },
    strictReconfigCheck: settings.switch("strict-reconfig-check"),
    maxLearners: settings.number("max-learners"),
  };
}

const advertiseFlags = {
  peer: { advertise: "initial-advertise-peer-urls", listen: "listen-peer-urls", fallback: "http://localhost:2380" },
  client: { advertise: "advertise-client-urls", listen: "listen-client-urls", fallback: "http://localhost:2379" },
} as const;

/** Advertised addresses; the default one gives way to this machine's address when the member listens on 0.0.0.0. */
function advertised(settings: Settings, { kind, defaultHost }: BuildOptions & { kind: "peer" | "client" }): string[] {
  const flags = advertiseFlags[kind];
  const urls = settings.urls(flags.advertise).map((url) => url.text);
  const listen = settings.urls(flags.listen)[0];
  const replace = defaultHost !== undefined && listen?.host === "0.0.0.0";
  return replace && urls.length === 1 && urls[0] === flags.fallback ? [`http://${defaultHost}:${listen.port}`] : urls;
}

function readLimits(settings: Settings, { warn }: BuildOptions) {
  const quota = settings.number("quota-backend-bytes");
  const cost = settings.number("bcrypt-cost");
  const costIsValid = cost >= 4 && cost <= 31;
  if (!costIsValid) warn(`use default bcrypt cost instead of the invalid given cost: ${cost}`);
  return {
    quotaBackendBytes: quota < 0 ? undefined : quota || QUOTA_BYTES_DEFAULT,
    maxTxnOps: settings.number("max-txn-ops"),
    maxRequestBytes: Math.min(settings.number("max-request-bytes"), REQUEST_BYTES_MAX),
    maxConcurrentStreams: settings.number("max-concurrent-streams"),
    compactionBatchLimit: settings.number("compaction-batch-limit") || 1000,
    authToken: settings.text("auth-token"),
    authTokenTtlSeconds: settings.number("auth-token-ttl"),
    bcryptCost: costIsValid ? cost : BCRYPT_COST_DEFAULT,
  };
}

function readTimes(settings: Settings) {
  return {
    heartbeatMs: settings.number("heartbeat-interval"),
    electionMs: settings.number("election-timeout"),
    keepAlive: {
      minTimeMs: settings.number("grpc-keepalive-min-time"),
      intervalMs: settings.number("grpc-keepalive-interval"),
      timeoutMs: settings.number("grpc-keepalive-timeout"),
    },
    raftReadTimeoutMs: Math.max(RAFT_TIMEOUT_MS_MIN, settings.number("raft-read-timeout")),
    raftWriteTimeoutMs: Math.max(RAFT_TIMEOUT_MS_MIN, settings.number("raft-write-timeout")),
    compactionSleepMs: settings.number("compaction-sleep-interval") || 10,
    warningApplyMs: settings.number("warning-apply-duration"),
    warningUnaryRequestMs: settings.number("warning-unary-request-duration") || 300,
    watchProgressNotifyIntervalMs: settings.number("watch-progress-notify-interval") || 600_000,
    downgradeCheckMs: settings.number("downgrade-check-time"),
  };
}

/** A bare number means hours or revisions, by mode; periodic retention may also be a duration. */
function readAutoCompaction(settings: Settings): Parsed<AutoCompaction> {
  const text = settings.text("auto-compaction-retention") || "0";
  const isRevision = settings.text("auto-compaction-mode") === "revision";
  const count = /^\+?\d+$/.test(text) ? Number(text) : undefined;
  if (isRevision && count === undefined)
    return refuse(
      `error parsing CompactionRetention: --auto-compaction-mode revision takes a number, not ${quote(text)}`,
    );
  if (isRevision)
    return { ok: true, value: count! > 0 ? { mode: "revision", retentionRevisions: count! } : { mode: "off" } };
  const retentionMs = count === undefined ? parseGoDuration(text) : count * HOUR_MS;
  if (retentionMs === undefined || retentionMs < 0)
    return refuse(`error parsing CompactionRetention: time: invalid duration ${quote(text)}`);
  return { ok: true, value: retentionMs > 0 ? { mode: "periodic", retentionMs } : { mode: "off" } };
}

function readDialects(settings: Settings): Parsed<ClientListenUrl[]> {
  const urls: ClientListenUrl[] = [];
  for (const url of settings.urls("listen-client-urls")) {
    const unknown = [...url.query.keys()].find((key) => key !== "dialect");
    if (unknown !== undefined) return refuse(`unknown parameter ${quote(unknown)} in --listen-client-urls ${url.text}`);
    const wanted = url.query.get("dialect") ?? settings.compat;
    const dialect = findCompat(wanted);
    if (dialect === undefined)
      return refuse(
        `dialect ${quote(wanted)} of --listen-client-urls ${url.text} is not available in this server (${compats.join(", ")})`,
      );
    urls.push({ ...url, dialect });
  }
  return { ok: true, value: urls };
}

/** Only client listeners have dialects; elsewhere a query would be dropped in silence. */
function strayQuery(settings: Settings): string | undefined {
  for (const flag of ["listen-peer-urls", "listen-metrics-urls"]) {
    const url = settings.urls(flag).find((one) => one.query.size > 0);
    if (url !== undefined) return `unexpected parameters in --${flag} ${url.text}`;
  }
  return undefined;
}

function readTls(settings: Settings, { side, dataDir }: { side: "client" | "peer"; dataDir: string }): TlsConfig {
  const prefix = side === "peer" ? "peer-" : "";
  return {
    certFile: settings.text(`${prefix}cert-file`),
    keyFile: settings.text(`${prefix}key-file`),
    trustedCaFile: settings.text(`${prefix}trusted-ca-file`),
    crlFile: settings.text(`${side}-crl-file`),
    clientCertAuth: settings.switch(`${prefix}client-cert-auth`),
    allowedHostnames: settings.list(`${side}-cert-allowed-hostname`),
    allowedCommonNames: side === "peer" ? settings.list("peer-cert-allowed-cn") : [],
    autoTls: settings.switch(`${prefix}auto-tls`),
    selfSignedValidityYears: settings.number("self-signed-cert-validity"),
    cipherSuites: settings.list("cipher-suites").map((name) => openSslCipherName(name)!),
    minVersion: tlsVersion(settings.text("tls-min-version"), "TLSv1.2"),
    maxVersion: tlsVersion(settings.text("tls-max-version"), "TLSv1.3"),
    fixturesDir: `${dataDir}/fixtures/${side}`,
  };
}

function tlsVersion(text: string, otherwise: TlsVersion): TlsVersion {
  if (text === "") return otherwise;
  return text === "TLS1.3" ? "TLSv1.3" : "TLSv1.2";
}

function readLog(settings: Settings): LogConfig {
  const outputs = settings.list("log-outputs").map((output) => (output === "default" ? "stderr" : output));
  const isCapnslog = settings.text("logger") === "capnslog";
  return {
    level: settings.switch("debug") ? "debug" : ((settings.text("log-level").toLowerCase() || "info") as LogLevel),
    format: isCapnslog || settings.text("log-format") === "console" ? "console" : "json",
    outputs: outputs.length > 0 ? outputs : ["stderr"],
  };
}

function noteDoubts(settings: Settings, warn: (line: string) => void): void {
  if (settings.isSet("max-snapshots") && settings.compat !== "3.4")
    warn("--max-snapshots is deprecated in 3.6 and will be decommissioned in 3.8.");
  if (settings.text("name") === "default")
    warn("it isn't recommended to use default name, please set a value for --name. Members need different names.");
  const quota = settings.number("quota-backend-bytes");
  if (quota > QUOTA_BYTES_ADVISED)
    warn(`quota exceeds the maximum value: ${quota} bytes, advised are ${QUOTA_BYTES_ADVISED}`);
  const request = settings.number("max-request-bytes");
  if (request > REQUEST_BYTES_ADVISED)
    warn(`exceeded recommended request limit: ${request} bytes, advised are ${REQUEST_BYTES_ADVISED}`);
  if (request > REQUEST_BYTES_MAX)
    warn(`requests of more than ${REQUEST_BYTES_MAX} bytes are refused: the log holds no larger ones`);
  if (settings.switch("unsafe-no-fsync")) warn("--unsafe-no-fsync is set: a crash loses acknowledged writes");
  for (const url of settings.urls("listen-client-urls")) noteUnusedTls(settings, { url, warn });
}

/** TLS flags beside an http address protect nothing there: that must be said. */
function noteUnusedTls(settings: Settings, { url, warn }: { url: MemberUrl; warn: (line: string) => void }): void {
  if (isSecure(url)) return;
  if (settings.text("cert-file") !== "" || settings.switch("auto-tls"))
    warn(`scheme is http or unix while key and cert files are present; ignoring key and cert files: ${url.text}`);
  if (settings.switch("client-cert-auth"))
    warn(
      `scheme is http or unix while --client-cert-auth is enabled; ignoring client cert auth for this URL: ${url.text}`,
    );
}
