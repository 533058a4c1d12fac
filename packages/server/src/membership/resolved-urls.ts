/**
 * Whether two lists of addresses mean the same sockets: as written, or else once their hosts are resolved, as etcd compares what a
 * member advertises with what `--initial-cluster` says of it, and that with what a running cluster says. `localhost` and
 * socket files stand for themselves; an IPv6 address may be written in several ways.
 *
 * All hosts are looked up at once, each again every second until it is known or `patienceMs` is over.
 */
import type { Clock, DnsResolver } from "../ports/index.ts";
import { compareText, isIp, isUnix, type MemberUrl, parseUrls, quote } from "./urls.ts";

/** A machine that has just booted may have no name server yet. */
const patienceMs = 30_000;
const retryMs = 1_000;

/** What comparing resolved addresses needs of the world. */
export interface ResolvingPorts {
  readonly dns: DnsResolver;
  readonly clock: Clock;
}

/** What addresses mean. */
export interface ResolvedUrls {
  /** By the address as written; one that nobody could resolve stands for itself. */
  readonly byText: ReadonlyMap<string, string>;
  /** The last look-up that failed for good. */
  readonly failure: string | undefined;
}

/** Why the lists differ, in etcd's words; `undefined` when they mean the same. */
export async function compareResolved(
  ports: ResolvingPorts,
  left: readonly string[],
  right: readonly string[],
): Promise<string | undefined> {
  if (left.length !== right.length) return `len(${quoteAll(left)}) != len(${quoteAll(right)})`;
  const [a, b] = [[...left].sort(compareText), [...right].sort(compareText)];
  if (a.every((url, i) => url === b[i])) return undefined;
  const { byText, failure } = await resolveUrls(ports, [...a, ...b]);
  if (failure !== undefined) return failure;
  const [first, second] = [a, b].map((urls) => urls.map((url) => byText.get(url) ?? url).sort(compareText));
  const at = first!.findIndex((url, i) => url !== second![i]);
  return at < 0 ? undefined : `resolved urls: ${quote(first![at]!)} != ${quote(second![at]!)}`;
}

/** Looks up the hosts of all addresses; never rejects. */
export async function resolveUrls(ports: ResolvingPorts, texts: readonly string[]): Promise<ResolvedUrls> {
  const byText = new Map<string, string>();
  const giveUpMs = ports.clock.nowMs() + patienceMs;
  let failure: string | undefined;
  const resolveOne = async (text: string) => {
    const url = parseUrls([text]);
    try {
      if (url.ok) byText.set(text, await resolve(ports, url.value[0]!, giveUpMs));
      else failure = url.error;
    } catch (error) {
      failure = (error as Error).message;
    }
  };
  await Promise.all([...new Set(texts)].map(resolveOne));
  return { byText, failure };
}

async function resolve({ dns, clock }: ResolvingPorts, url: MemberUrl, giveUpMs: number): Promise<string> {
  if (isUnix(url) || url.host === "localhost") return url.text;
  if (isIp(url.host)) return written(url, url.host);
  for (;;) {
    try {
      return written(url, await dns.address(url.host));
    } catch (error) {
      if (clock.nowMs() + retryMs > giveUpMs)
        throw new Error(`failed to resolve ${quote(url.text)} (${(error as Error).message})`, { cause: error });
      await new Promise<void>((done) => clock.setTimer(retryMs, done));
    }
  }
}

function written({ scheme, port }: MemberUrl, address: string): string {
  const host = address.includes(":") ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
  return `${scheme}://${joinHostPort(host, port)}`;
}

/** `host:port`, with brackets around an IPv6 address. */
export function joinHostPort(host: string, port: string | number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function quoteAll(texts: readonly string[]): string {
  return `[${texts.map(quote).join(" ")}]`;
}
