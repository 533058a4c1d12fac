/**
 * Whether two lists of addresses mean the same sockets: as written, or else once their hosts are resolved, as etcd compares what a
 * member advertises with what `--initial-cluster` says of it. `localhost` and socket files stand for themselves.
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

/** Why the lists differ, in etcd's words; `undefined` when they mean the same. */
export async function compareResolved(
  ports: ResolvingPorts,
  left: readonly string[],
  right: readonly string[],
): Promise<string | undefined> {
  if (left.length !== right.length) return `len(${quoteAll(left)}) != len(${quoteAll(right)})`;
  const [a, b] = [[...left].sort(compareText), [...right].sort(compareText)];
  if (a.every((url, i) => url === b[i])) return undefined;
  try {
    const [first, second] = [await resolveAll(ports, a), await resolveAll(ports, b)];
    const at = first.findIndex((url, i) => url !== second[i]);
    return at < 0 ? undefined : `resolved urls: ${quote(first[at]!)} != ${quote(second[at]!)}`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function resolveAll(ports: ResolvingPorts, texts: readonly string[]): Promise<string[]> {
  const urls = parseUrls(texts);
  if (!urls.ok) throw new Error(urls.error);
  const resolved: string[] = [];
  for (const url of urls.value) resolved.push(await resolve(ports, url));
  return resolved.sort(compareText);
}

async function resolve({ dns, clock }: ResolvingPorts, url: MemberUrl): Promise<string> {
  if (isUnix(url) || url.host === "localhost" || isIp(url.host)) return url.text;
  const giveUpMs = clock.nowMs() + patienceMs;
  for (;;) {
    try {
      return `${url.scheme}://${joinHostPort(await dns.address(url.host), url.port)}`;
    } catch (error) {
      if (clock.nowMs() + retryMs > giveUpMs)
        throw new Error(`failed to resolve ${quote(url.text)} (${(error as Error).message})`, { cause: error });
      await new Promise<void>((done) => clock.setTimer(retryMs, done));
    }
  }
}

/** `host:port`, with brackets around an IPv6 address. */
export function joinHostPort(host: string, port: string | number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function quoteAll(texts: readonly string[]): string {
  return `[${texts.map(quote).join(" ")}]`;
}
