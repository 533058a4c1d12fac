/**
 * Every flag of `etcd`, one row each: name, kind, default, help, and how far this server supports it. Parsing, the
 * environment, the config file and `--help` all read this table; nothing else knows the flags' names twice.
 * Source: `etcd --help` and the flag set of etcd 3.7.1, the help of 3.4.23 for the older names.
 *
 * `ready`: works. `inert`: accepted, has nothing to do here, a warning says so.
 * `later`: known, refused unless it has its default, so that nobody believes in protection that is not there.
 * When a feature lands, its row's status is the one thing to change.
 */
export type FlagStatus = "ready" | "inert" | "later";

/**
 * How a value is read: `text`; `switch` (Go's booleans); `unsigned`, `signed` (64 bit) and `uint32` integers;
 * `duration`; `urls`; `origins` (urls or `*`); `list` (commas, in order); `set` (commas, sorted, unique);
 * `choice` of `choices`; `gates` (Name=bool); `ignored` (a switch of the 0.4 days).
 */
export type FlagKind =
  | "text"
  | "switch"
  | "unsigned"
  | "signed"
  | "uint32"
  | "duration"
  | "urls"
  | "origins"
  | "list"
  | "set"
  | "choice"
  | "gates"
  | "ignored";

/** One flag. */
export interface FlagRow {
  readonly name: string;
  readonly kind: FlagKind;
  /** The default as one would type it. */
  readonly value: string;
  readonly help: string;
  readonly status: FlagStatus;
  readonly choices?: readonly string[];
  /** Where the config file keeps it, when not under its own name. */
  readonly file?: string;
  /** The default under `--compat 3.4`, where it differs. */
  readonly value34?: string;
  /** The default under `--compat 2.3`, where it differs from that of 3.4. */
  readonly value23?: string;
  /** The default under older releases, where it differs from that of 2.3. */
  readonly value04?: string;
  /** Not defined under `--compat 3.7`; in a config file it may still stand, as upstream's sample has it. */
  readonly only34?: true;
  /** Only defined under releases before 2.0. */
  readonly only04?: true;
  /** A 3.4 name for this flag. */
  readonly twinOf?: string;
}

/** Flags that `--help` shows under one title. */
export interface FlagGroup {
  readonly title: string;
  readonly rows: readonly FlagRow[];
}

type Extra = Pick<FlagRow, "choices" | "file" | "value34" | "value23" | "value04" | "only34" | "only04" | "twinOf"> & {
  status?: FlagStatus;
};

function row(name: string, kind: FlagKind, value: string, help: string, extra: Extra = {}): FlagRow {
  return { name, kind, value, help, status: "ready", ...extra };
}

const later = { status: "later" } as const;
const inert = { status: "inert" } as const;
const inClientTls = (key: string) => ({ file: `client-transport-security.${key}` });
const inPeerTls = (key: string) => ({ file: `peer-transport-security.${key}` });
const inDiscovery = (key: string) => ({ file: `discovery-config.${key}` });
const only34 = { only34: true } as const;

/** Since 0.2 the ports were others; 2.3 listened on both. */
const clientPorts = {
  value23: "http://localhost:2379,http://localhost:4001",
  value04: "http://127.0.0.1:4001",
} as const;
const peerPorts = { value23: "http://localhost:2380,http://localhost:7001", value04: "http://127.0.0.1:7001" } as const;

/** The largest number of streams HTTP/2 can name: no limit of our own. */
const UINT32_MAX = "4294967295";

const member: FlagGroup = {
  title: "Member",
  rows: [
    row("name", "text", "default", "This member's name; give every member its own."),
    row("data-dir", "text", "", "Directory for everything the member stores (default: NAME.etcd)."),
    row("wal-dir", "text", "", "Directory for the write-ahead log, when it shall lie on a disk of its own."),
    row("snapshot-count", "unsigned", "10000", "Applied entries after which a raft snapshot is taken.", {
      value34: "100000",
    }),
    row("heartbeat-interval", "unsigned", "100", "Milliseconds between two heartbeats of the leader."),
    row(
      "election-timeout",
      "unsigned",
      "1000",
      "Milliseconds without a heartbeat until a follower stands for election.",
    ),
    row("initial-election-tick-advance", "switch", "true", "Shorten the first election after the start."),
    row("listen-peer-urls", "urls", "http://localhost:2380", "Addresses to accept other members on.", peerPorts),
    row(
      "listen-client-urls",
      "urls",
      "http://localhost:2379",
      "Addresses to accept clients on, gRPC and HTTP alike; ?dialect=RELEASE behind one gives that release's answers.",
      clientPorts,
    ),
    row(
      "listen-client-http-urls",
      "urls",
      "",
      "Addresses for HTTP clients only; the client addresses then serve gRPC only.",
      later,
    ),
    row("max-snapshots", "unsigned", "5", "Snapshot files to keep (0: all)."),
    row("max-wals", "unsigned", "5", "Log segments to keep (0: all)."),
    row("memory-mlock", "switch", "false", "Keep the store's pages in memory.", later),
    row(
      "quota-backend-bytes",
      "signed",
      "0",
      "Size of the store at which writes stop with an alarm (0: 2 GiB; negative: no limit).",
    ),
    row("backend-bbolt-freelist-type", "text", "map", "How bbolt keeps its free list: array or map.", inert),
    row(
      "backend-batch-interval",
      "duration",
      "0s",
      "Longest time until staged writes are committed to the store.",
      inert,
    ),
    row("backend-batch-limit", "signed", "0", "Staged writes after which the store is committed.", inert),
    row("max-txn-ops", "unsigned", "128", "Operations allowed in one transaction."),
    row("max-request-bytes", "unsigned", "1572864", "Largest request accepted, in bytes."),
    row("max-concurrent-streams", "uint32", UINT32_MAX, "Streams one connection may have open."),
    row(
      "grpc-keepalive-min-time",
      "duration",
      "5s",
      "Shortest pause between a client's pings; faster ones end the connection (0: 5m).",
    ),
    row(
      "grpc-keepalive-interval",
      "duration",
      "2h",
      "Idle time after which the server pings a client, at least 1s (0: 2h).",
    ),
    row("grpc-keepalive-timeout", "duration", "20s", "How long the answer to such a ping may take (0: 20s)."),
    row("socket-reuse-port", "switch", "false", "Set SO_REUSEPORT on listeners.", {
      ...later,
      file: "socket-options.reuse-port",
    }),
    row("socket-reuse-address", "switch", "false", "Set SO_REUSEADDR on listeners (always set here).", {
      ...inert,
      file: "socket-options.reuse-address",
    }),
    row(
      "enable-grpc-gateway",
      "switch",
      "true",
      "Serve the JSON gateway at /v3 (not built yet: either way it is off).",
      inert,
    ),
    row(
      "raft-read-timeout",
      "duration",
      "5s",
      "Longest silence on a connection from another member, at least 5s.",
      inert,
    ),
    row("raft-write-timeout", "duration", "5s", "Longest time a write to another member may take, at least 5s.", inert),
    row("feature-gates", "gates", "", "Features to switch on or off: Name=true,Other=false."),
    row("enable-v2", "switch", "true", "Serve the v2 API at /v2.", { value34: "false", value23: "true" }),
    row("modules", "switch", "false", "Serve 0.3's modules at /mod on every client address."),
    row("compat", "choice", "3.7", "The release whose defaults and answers to give.", {
      choices: ["0.2", "0.3", "0.4", "2.3", "3.4", "3.7"],
    }),
  ],
};

const clustering: FlagGroup = {
  title: "Clustering",
  rows: [
    row(
      "initial-advertise-peer-urls",
      "urls",
      "http://localhost:2380",
      "This member's peer addresses, as the others reach them.",
      peerPorts,
    ),
    row("initial-cluster", "text", "default=http://localhost:2380", "The first members: NAME=URL,NAME=URL,…"),
    row(
      "initial-cluster-state",
      "choice",
      "new",
      "'new' to found a cluster, 'existing' to join one; later starts ignore it.",
      {
        choices: ["new", "existing"],
      },
    ),
    row("initial-cluster-token", "text", "etcd-cluster", "A word that keeps clusters with the same addresses apart."),
    row(
      "advertise-client-urls",
      "urls",
      "http://localhost:2379",
      "This member's client addresses, as clients reach them.",
      clientPorts,
    ),
    row("discovery", "text", "", "URL of a v2 discovery service."),
    row("discovery-token", "text", "", "v3 discovery: token of the cluster to found.", inDiscovery("token")),
    row(
      "discovery-endpoints",
      "set",
      "",
      "v3 discovery: endpoints of the discovery service.",
      inDiscovery("client.endpoints"),
    ),
    row(
      "discovery-dial-timeout",
      "duration",
      "2s",
      "v3 discovery: time allowed to connect.",
      inDiscovery("client.dial-timeout"),
    ),
    row(
      "discovery-request-timeout",
      "duration",
      "5s",
      "v3 discovery: time allowed for a request.",
      inDiscovery("client.request-timeout"),
    ),
    row(
      "discovery-keepalive-time",
      "duration",
      "2s",
      "v3 discovery: idle time before a ping.",
      inDiscovery("client.keepalive-time"),
    ),
    row(
      "discovery-keepalive-timeout",
      "duration",
      "6s",
      "v3 discovery: time allowed for its answer.",
      inDiscovery("client.keepalive-timeout"),
    ),
    row(
      "discovery-insecure-transport",
      "switch",
      "true",
      "v3 discovery: connect without TLS.",
      inDiscovery("client.secure.insecure-transport"),
    ),
    row(
      "discovery-insecure-skip-tls-verify",
      "switch",
      "false",
      "v3 discovery: believe any server certificate.",
      inDiscovery("client.secure.insecure-skip-tls-verify"),
    ),
    row("discovery-cert", "text", "", "v3 discovery: client certificate file.", inDiscovery("client.secure.cert")),
    row("discovery-key", "text", "", "v3 discovery: client key file.", inDiscovery("client.secure.key")),
    row(
      "discovery-cacert",
      "text",
      "",
      "v3 discovery: CA file for the server's certificate.",
      inDiscovery("client.secure.cacert"),
    ),
    row("discovery-user", "text", "", "v3 discovery: user[:password].", inDiscovery("client.auth.username")),
    row("discovery-password", "text", "", "v3 discovery: password.", inDiscovery("client.auth.password")),
    row("discovery-fallback", "choice", "exit", "What to do when v2 discovery finds the cluster full: 'exit'.", {
      choices: ["exit", "proxy"],
      value34: "proxy",
    }),
    row("discovery-proxy", "text", "", "HTTP proxy for v2 discovery."),
    row("discovery-srv", "text", "", "DNS domain whose SRV records name the members."),
    row("discovery-srv-name", "text", "", "Suffix of the SRV service name."),
    row(
      "name-servers",
      "list",
      "",
      "DNS servers for SRV records and names of addresses: IP[:port] (empty: the system's).",
    ),
    row("strict-reconfig-check", "switch", "true", "Refuse membership changes that would cost the quorum.", {
      value23: "false",
    }),
    row("pre-vote", "switch", "true", "Ask for votes informally first, so that a returning member disturbs nobody.", {
      value34: "false",
    }),
    row(
      "auto-compaction-retention",
      "text",
      "0",
      "History to keep: hours or a duration, or revisions (0: compact by hand).",
    ),
    row("auto-compaction-mode", "text", "periodic", "What the retention counts: periodic or revision."),
    row("v2-deprecation", "choice", "write-only-drop-data", "A phase of upstream's farewell to v2; v2 stays here.", {
      ...inert,
      choices: ["not-yet", "write-only", "write-only-skip-check", "write-only-drop-data", "gone"],
    }),
  ],
};

const security: FlagGroup = {
  title: "Security",
  rows: [
    row("cert-file", "text", "", "Certificate for clients, PEM.", inClientTls("cert-file")),
    row("key-file", "text", "", "Its private key, PEM.", inClientTls("key-file")),
    row(
      "client-cert-auth",
      "switch",
      "false",
      "Ask clients for a certificate and verify it.",
      inClientTls("client-cert-auth"),
    ),
    row("client-cert-file", "text", "", "Certificate the server itself uses as a client.", {
      ...later,
      ...inClientTls("client-cert-file"),
    }),
    row("client-key-file", "text", "", "Its private key.", { ...later, ...inClientTls("client-key-file") }),
    row("client-crl-file", "text", "", "List of revoked client certificates, PEM.", inClientTls("crl-file")),
    row(
      "client-cert-allowed-hostname",
      "list",
      "",
      "Host names of which a client's certificate must carry one.",
      inClientTls("allowed-hostname"),
    ),
    row(
      "trusted-ca-file",
      "text",
      "",
      "CAs that client certificates must come from, PEM.",
      inClientTls("trusted-ca-file"),
    ),
    row(
      "auto-tls",
      "switch",
      "false",
      "Serve clients with a certificate the member makes for itself.",
      inClientTls("auto-tls"),
    ),
    row("peer-cert-file", "text", "", "Certificate for other members, PEM.", { ...inPeerTls("cert-file") }),
    row("peer-key-file", "text", "", "Its private key, PEM.", { ...inPeerTls("key-file") }),
    row("peer-client-cert-auth", "switch", "false", "Ask other members for a certificate and verify it.", {
      ...inPeerTls("client-cert-auth"),
    }),
    row("peer-client-cert-file", "text", "", "Certificate used when connecting to other members.", {
      ...inPeerTls("client-cert-file"),
    }),
    row("peer-client-key-file", "text", "", "Its private key.", { ...inPeerTls("client-key-file") }),
    row("peer-trusted-ca-file", "text", "", "CAs that members' certificates must come from, PEM.", {
      ...inPeerTls("trusted-ca-file"),
    }),
    row("peer-cert-allowed-cn", "list", "", "Common names of which a member's certificate must have one.", {
      ...inPeerTls("allowed-cn"),
    }),
    row("peer-cert-allowed-hostname", "list", "", "Host names of which a member's certificate must carry one.", {
      ...inPeerTls("allowed-hostname"),
    }),
    row("peer-auto-tls", "switch", "false", "Serve other members with a certificate the member makes for itself.", {
      ...inPeerTls("auto-tls"),
    }),
    row("self-signed-cert-validity", "unsigned", "1", "Years such a certificate is valid."),
    row("peer-crl-file", "text", "", "List of revoked member certificates, PEM.", {
      ...inPeerTls("crl-file"),
    }),
    row(
      "peer-skip-client-san-verification",
      "switch",
      "false",
      "Do not compare a member's certificate with its address.",
      {
        ...inPeerTls("skip-client-san-verification"),
      },
    ),
    row("cipher-suites", "list", "", "TLS 1.2 cipher suites to offer, by Go's names (empty: a safe choice)."),
    row("cors", "origins", "*", "Web origins that may call the API (*: all).", { value23: "" }),
    row("host-whitelist", "set", "*", "Host names clients without TLS may ask for (* or empty: all)."),
    row("tls-min-version", "text", "TLS1.2", "Oldest TLS accepted: TLS1.2 or TLS1.3."),
    row("tls-max-version", "text", "", "Newest TLS accepted: TLS1.2 or TLS1.3 (empty: the newest there is)."),
  ],
};

const auth: FlagGroup = {
  title: "Auth",
  rows: [
    row("auth-token", "text", "simple", "Kind of token and its options: simple, or jwt,…", later),
    row("bcrypt-cost", "unsigned", "10", "Work factor of password hashes, 4 to 31."),
    row("auth-token-ttl", "unsigned", "300", "Seconds a simple token lives after its last use.", later),
  ],
};

const monitoring: FlagGroup = {
  title: "Profiling and Monitoring",
  rows: [
    row("enable-pprof", "switch", "false", "Serve profiles at /debug/pprof/.", later),
    row("metrics", "text", "basic", "basic, or extensive to add time histograms of every method."),
    row("listen-metrics-urls", "urls", "", "More addresses for /metrics and the health pages."),
  ],
};

const logging: FlagGroup = {
  title: "Logging",
  rows: [
    row("logger", "text", "zap", "The shape of log lines: zap."),
    row("log-outputs", "set", "default", "Where to log: stderr, stdout, files, with commas (default: stderr)."),
    row("log-level", "text", "info", "debug, info, warn, error, panic or fatal."),
    row("log-format", "text", "json", "json or console."),
    row("enable-log-rotation", "switch", "false", "Rotate the log file.", later),
    row(
      "log-rotation-config-json",
      "text",
      '{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}',
      "When and how to rotate.",
      later,
    ),
    row("warning-unary-request-duration", "duration", "300ms", "Requests slower than this are logged."),
  ],
};

const tracing: FlagGroup = {
  title: "Distributed tracing",
  rows: [
    row("enable-distributed-tracing", "switch", "false", "Send OpenTelemetry traces.", later),
    row("distributed-tracing-address", "text", "localhost:4317", "Address of the collector.", later),
    row("distributed-tracing-service-name", "text", "etcd", "Service name in the traces.", later),
    row("distributed-tracing-instance-id", "text", "", "This member's id in the traces.", later),
    row("distributed-tracing-sampling-rate", "signed", "0", "Samples per million.", later),
  ],
};

const features: FlagGroup = {
  title: "Features",
  rows: [
    row("corrupt-check-time", "duration", "0s", "Pause between two comparisons of the members' data (0: none).", later),
    row("compact-hash-check-time", "duration", "1m0s", "Pause between two comparisons of compaction hashes.", later),
    row("compaction-batch-limit", "signed", "0", "Revisions removed in one step of a compaction (0: 1000)."),
    row("compaction-sleep-interval", "duration", "0s", "Pause between two such steps (0: 10ms)."),
    row(
      "watch-progress-notify-interval",
      "duration",
      "0s",
      "Pause between two progress notes on a quiet watch (0: 10m).",
    ),
    row("warning-apply-duration", "duration", "100ms", "Entries that take longer to apply are logged."),
    row(
      "bootstrap-defrag-threshold-megabytes",
      "unsigned",
      "0",
      "Compact the store's file at start when that frees this much.",
      later,
    ),
    row("max-learners", "signed", "1", "Learners the cluster may have."),
    row("downgrade-check-time", "duration", "5s", "Pause between two looks at a downgrade under way.", inert),
    row("snapshot-catchup-entries", "unsigned", "5000", "Entries kept behind a snapshot for slow followers."),
  ],
};

const unsafe: FlagGroup = {
  title: "Unsafe",
  rows: [
    row("force-new-cluster", "switch", "false", "Found a new cluster of one member from this member's data."),
    row("unsafe-no-fsync", "switch", "false", "Do not wait for the disk: a crash loses acknowledged writes."),
  ],
};

const proxy = { ...later, ...only34 };
const twin = (name: string, status: FlagStatus = "ready") => ({ ...only34, status, twinOf: name });
/** Names that 3.4 had and later releases dropped. */
const old: FlagGroup = {
  title: "Not with --compat 3.7",
  rows: [
    row("proxy", "choice", "off", "Run as a v2 proxy: off, readonly or on.", {
      ...proxy,
      choices: ["off", "readonly", "on"],
    }),
    row("proxy-failure-wait", "unsigned", "5000", "v2 proxy: milliseconds an endpoint rests after a failure.", proxy),
    row("proxy-refresh-interval", "unsigned", "30000", "v2 proxy: milliseconds between endpoint look-ups.", proxy),
    row("proxy-dial-timeout", "unsigned", "1000", "v2 proxy: milliseconds to connect.", proxy),
    row("proxy-write-timeout", "unsigned", "5000", "v2 proxy: milliseconds to write.", proxy),
    row("proxy-read-timeout", "unsigned", "0", "v2 proxy: milliseconds to read.", proxy),
    row("debug", "switch", "false", "The same as --log-level debug.", only34),
    row("log-package-levels", "text", "", "Log levels by package.", { ...inert, ...only34 }),
    row("log-output", "set", "default", "An older name of --log-outputs.", twin("log-outputs")),
    row("next-cluster-version-compatible", "switch", "false", "Accept members of the next release.", {
      ...inert,
      ...only34,
    }),
    row("experimental-initial-corrupt-check", "switch", "false", "Compare the members' data before serving.", {
      ...later,
      ...only34,
    }),
    row(
      "experimental-corrupt-check-time",
      "duration",
      "0s",
      "See --corrupt-check-time.",
      twin("corrupt-check-time", "later"),
    ),
    row("experimental-enable-v2v3", "text", "", "Serve v2 from a prefix of the v3 key space.", { ...later, ...only34 }),
    row("experimental-backend-bbolt-freelist-type", "text", "array", "See --backend-bbolt-freelist-type.", {
      ...inert,
      ...only34,
    }),
    row("experimental-enable-lease-checkpoint", "switch", "false", "Carry remaining lease times to a new leader.", {
      ...later,
      ...only34,
    }),
    row("experimental-enable-lease-checkpoint-persist", "switch", "false", "Store them as well.", {
      ...later,
      ...only34,
    }),
    row(
      "experimental-compaction-batch-limit",
      "signed",
      "1000",
      "See --compaction-batch-limit.",
      twin("compaction-batch-limit"),
    ),
    row(
      "experimental-peer-skip-client-san-verification",
      "switch",
      "false",
      "See --peer-skip-client-san-verification.",
      twin("peer-skip-client-san-verification"),
    ),
    row(
      "experimental-watch-progress-notify-interval",
      "duration",
      "0s",
      "See --watch-progress-notify-interval.",
      twin("watch-progress-notify-interval"),
    ),
    row(
      "experimental-warning-apply-duration",
      "duration",
      "100ms",
      "See --warning-apply-duration.",
      twin("warning-apply-duration"),
    ),
  ],
};

/** Flags of the 0.4 days that etcd still swallows. */
const ignored: FlagGroup = {
  title: "Ignored",
  rows: [
    "cluster-active-size",
    "cluster-remove-delay",
    "cluster-sync-interval",
    "config",
    "force",
    "max-result-buffer",
    "max-retry-attempts",
    "peer-heartbeat-interval",
    "peer-election-timeout",
    "retry-interval",
    "snapshot",
    "v",
    "vv",
  ].map((name) => row(name, "ignored", "", "")),
};

/** What releases before 2.0 had flags for that later ones ignore: `-f` and `-force`, `-cluster-active-size` and its like. */
const before2: FlagGroup = {
  title: "Before 2.0 (with --compat 0.2, 0.3 or 0.4)",
  rows: [
    row("peers", "list", "", "Peer addresses of a running cluster to join.", { only04: true }),
    row("forget-data", "switch", "false", "Begin anew: throw away what is in the data directory.", { only04: true }),
    row("active-size", "unsigned", "9", "Machines that take part; 0.4 lets the others stand by.", {
      only04: true,
    }),
    row("remove-delay", "duration", "30m", "A machine unreachable for so long is removed (0.4).", {
      only04: true,
    }),
    row("sync-interval", "duration", "5s", "How often a machine that stands by asks for news (0.4).", {
      only04: true,
    }),
  ],
};

/** The flags that `--help` shows, in its order. */
export const flagGroups: readonly FlagGroup[] = [
  member,
  clustering,
  security,
  auth,
  monitoring,
  logging,
  tracing,
  features,
  unsafe,
  old,
  before2,
];

/** Every flag by name, ignored ones too; `config-file`, `version` and `help` steer the parser and are not here. */
export const flagRows: ReadonlyMap<string, FlagRow> = new Map(
  [...flagGroups, ignored].flatMap((group) => group.rows).map((one) => [one.name, one]),
);
