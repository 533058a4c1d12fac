/**
 * Whether a member's certificate belongs to the machine that shows it: one of its alternative names has to be the remote
 * address or a name of it. A stolen certificate is of no use elsewhere then. Names are asked both ways, since many
 * machines have no reverse entry: the names of the address, then the addresses of the certificate's names. `*.domain`
 * fits names of any depth below it. A certificate without alternative names belongs anywhere, as in etcd.
 */
import type { HostLookup } from "../ports/index.ts";

/** The alternative names of a certificate. */
export interface CertificateNames {
  readonly addresses: readonly string[];
  readonly hosts: readonly string[];
}

/** Names beyond are not looked up: a certificate that needs more is not one of a member. */
const lookupsMax = 64;

/** Why the certificate is not that of the machine at an IP address, in Go's words; undefined when it is. */
export async function addressMismatch(
  lookup: HostLookup,
  { addresses, hosts }: CertificateNames,
  remoteAddress: string,
): Promise<string | undefined> {
  const remote = plainAddress(remoteAddress);
  if (addresses.length === 0 && hosts.length === 0) return undefined;
  if (addresses.some((address) => plainAddress(address) === remote)) return undefined;
  if (hosts.length === 0) return `x509: certificate is valid for ${addresses.join(", ")}, not ${remote}`;
  const failures: string[] = [];
  const asked = { lookup, remote, hosts, failures };
  if ((await isNamed(asked)) || (await isResolved(asked))) return undefined;
  const last = failures.at(-1);
  const listed = hosts.map((host) => JSON.stringify(host)).join(" ");
  const reason = last === undefined ? "" : ` (${last})`;
  return `tls: ${JSON.stringify(remote)} does not match any of DNSNames [${listed}]${reason}`;
}

interface Asked {
  readonly lookup: HostLookup;
  readonly remote: string;
  readonly hosts: readonly string[];
  /** Look-ups without an answer: the last one is told. */
  readonly failures: string[];
}

async function isNamed({ lookup, remote, hosts, failures }: Asked): Promise<boolean> {
  const names = await answersOf(lookup.names(remote), failures);
  return names.some((name) => hosts.some((host) => fits(plainName(name), plainName(host))));
}

function fits(name: string, host: string): boolean {
  return host.startsWith("*.") ? name.endsWith(host.slice(1)) : name === host;
}

async function isResolved({ lookup, remote, hosts, failures }: Asked): Promise<boolean> {
  for (const host of hosts.filter((one) => !one.startsWith("*.")).slice(0, lookupsMax)) {
    const addresses = await answersOf(lookup.addresses(host), failures);
    if (addresses.some((address) => plainAddress(address) === remote)) return true;
  }
  return false;
}

async function answersOf(question: Promise<readonly string[]>, failures: string[]): Promise<readonly string[]> {
  try {
    return await question;
  } catch (error) {
    failures.push((error as Error).message);
    return [];
  }
}

function plainName(name: string): string {
  return name.replace(/\.$/, "").toLowerCase();
}

/** One text for every address: no zone, IPv4 as such although it arrived over IPv6, IPv6 at its shortest. */
function plainAddress(address: string): string {
  const text = address.replace(/%.*$/, "").toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mapped !== undefined || !text.includes(":")) return mapped ?? text;
  return URL.canParse(`http://[${text}]/`) ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : text;
}
