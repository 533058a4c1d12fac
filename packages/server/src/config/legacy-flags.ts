/**
 * The command lines of releases before 2.0, put into today's flags. Each had one address for clients and one for peers, whose
 * scheme followed from the certificates, and a name of its own for nearly everything; 0.2 had one letter for most.
 */
import type { TypedFlag } from "./command-line.ts";
import type { LegacyCompat } from "./compat.ts";
import { type FlagRow, flagRows } from "./flag-table.ts";

/** Today's flag, or one of the addresses that several of today's flags are made from. */
type Meaning =
  | string
  | { readonly ignored: true; readonly isSwitch?: true }
  | { readonly name: string; readonly isSwitch?: true; readonly unit?: "s" };

const ignored = { ignored: true } as const;
const ignoredSwitch = { ignored: true, isSwitch: true } as const;

/** What the flags of 0.4 and 0.3 mean; those of the same name and meaning as today's are not listed. */
const meanings04: Readonly<Record<string, Meaning>> = {
  addr: "addr",
  "bind-addr": "bind-addr",
  "peer-addr": "peer-addr",
  "peer-bind-addr": "peer-bind-addr",
  "ca-file": "trusted-ca-file",
  "peer-ca-file": "peer-trusted-ca-file",
  "peer-heartbeat-interval": "heartbeat-interval",
  "peer-election-timeout": "election-timeout",
  "cluster-active-size": "active-size",
  "cluster-remove-delay": { name: "remove-delay", unit: "s" },
  "cluster-sync-interval": { name: "sync-interval", unit: "s" },
  cpuprofile: ignored,
  f: { name: "forget-data", isSwitch: true },
  force: { name: "forget-data", isSwitch: true },
  "graphite-host": ignored,
  "http-read-timeout": ignored,
  "http-write-timeout": ignored,
  "max-cluster-size": "active-size",
  "max-result-buffer": ignored,
  "max-retry-attempts": ignored,
  "retry-interval": ignored,
  snapshot: ignoredSwitch,
  trace: ignored,
  v: ignoredSwitch,
  vv: ignoredSwitch,
  "very-verbose": ignoredSwitch,
  "very-very-verbose": ignoredSwitch,
};

/** What 0.2 called them besides. */
const meanings02: Readonly<Record<string, Meaning>> = {
  n: "name",
  d: "data-dir",
  c: "addr",
  cl: "bind-addr",
  s: "peer-addr",
  sl: "peer-bind-addr",
  clientCAFile: "trusted-ca-file",
  clientCert: "cert-file",
  clientKey: "key-file",
  serverCAFile: "peer-trusted-ca-file",
  serverCert: "peer-cert-file",
  serverKey: "peer-key-file",
  C: "peers",
  m: ignored,
  maxsize: "active-size",
  r: ignored,
};

/** Whether a word of a command line can only be 0.2's. */
export function isFlagOf02(name: string): boolean {
  return Object.hasOwn(meanings02, name) && !flagRows.has(name);
}

/** The row by which a flag of such a command line is read; undefined when that release has none of this name. */
export function legacyRow(name: string): FlagRow | undefined {
  const meaning = meanings02[name] ?? meanings04[name];
  if (meaning === undefined) return flagRows.get(name);
  const kind = typeof meaning !== "string" && meaning.isSwitch ? "switch" : "text";
  return { name, kind, value: "", help: "", status: "ready" };
}

const addresses = {
  client: { advertise: "advertise-client-urls", listen: "listen-client-urls", prefix: "", fallback: "127.0.0.1:4001" },
  peer: {
    advertise: "initial-advertise-peer-urls",
    listen: "listen-peer-urls",
    prefix: "peer-",
    fallback: "127.0.0.1:7001",
  },
} as const;

/** Today's flags for such a command line; what has no meaning here any more is told to `warn`. */
export function modernFlags(
  typed: readonly TypedFlag[],
  { compat, warn }: { compat: LegacyCompat; warn: (line: string) => void },
): TypedFlag[] {
  const renamed: TypedFlag[] = [];
  for (const flag of typed) {
    const meaning = meanings02[flag.name] ?? meanings04[flag.name] ?? flag.name;
    if (typeof meaning === "string") renamed.push({ ...flag, name: meaning, row: flagRows.get(meaning) });
    else if ("name" in meaning) renamed.push(modern(meaning.name, `${flag.text}${meaning.unit ?? ""}`));
    else warn(`--${flag.name} has no effect in this server, --compat ${compat} or not`);
  }
  const textOf = (name: string) => renamed.findLast((flag) => flag.name === name)?.text;
  const made = [...urlsOf("client", textOf), ...urlsOf("peer", textOf), ...clientCertificates(textOf)];
  return [...renamed.filter(({ name }) => !(name in addressNames)), ...made];
}

const addressNames = { addr: 0, "bind-addr": 0, "peer-addr": 0, "peer-bind-addr": 0 };

type ValueOf = (name: string) => string | undefined;

function urlsOf(side: keyof typeof addresses, textOf: ValueOf): TypedFlag[] {
  const { advertise, listen, prefix, fallback } = addresses[side];
  if (textOf(listen) !== undefined) return [];
  const scheme = (textOf(`${prefix}cert-file`) ?? "") === "" ? "http" : "https";
  const address = textOf(`${prefix}addr`) || fallback;
  const port = address.slice(address.lastIndexOf(":"));
  const bind = textOf(`${prefix}bind-addr`) || address;
  const bound = /:\d+$/.test(bind) ? bind : `${bind}${port}`;
  return [modern(advertise, `${scheme}://${address}`), modern(listen, `${scheme}://${bound}`)];
}

/** Whoever named a CA wanted certificates from clients. */
function clientCertificates(textOf: ValueOf): TypedFlag[] {
  return ["", "peer-"]
    .filter((prefix) => (textOf(`${prefix}trusted-ca-file`) ?? "") !== "")
    .map((prefix) => modern(`${prefix}client-cert-auth`, "true"));
}

function modern(name: string, text: string): TypedFlag {
  return { name, row: flagRows.get(name), text };
}
