/**
 * Member and listen addresses under etcd's rules: scheme http, https, unix or unixs; `host:port`, no path.
 * Texts of refusals are those an etcd user knows. The written form is kept, because ids are computed from it.
 * Source: behaviour of etcd 3.4.23 and 3.7 flags; Go's `net/url` for the few texts that come from there.
 */
export type UrlScheme = "http" | "https" | "unix" | "unixs";

/** An address in its parts. */
export interface MemberUrl {
  readonly scheme: UrlScheme;
  /** The address as written, with a lower-case scheme: what etcd prints, sorts and hashes. */
  readonly text: string;
  /** `host:port` as written, brackets of IPv6 included; for unix sockets whatever stood there. */
  readonly address: string;
  /** Without brackets; empty in `http://:2379`. */
  readonly host: string;
  /** As written: etcd takes service names too. */
  readonly port: string;
  /** The socket file of unix and unixs. */
  readonly path: string;
  /** Pairs after `?`, in order. */
  readonly query: ReadonlyMap<string, string>;
}

/** A value, or the one line that says why there is none. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

const refuse = (error: string) => ({ ok: false, error }) as const;
const SHAPE = /^([a-zA-Z][a-zA-Z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/;

/** Reads addresses as etcd's flags and member requests do; the answer is sorted by text. */
export function parseUrls(texts: readonly string[]): Parsed<MemberUrl[]> {
  if (texts.length === 0) return refuse("no valid URLs given");
  const urls: MemberUrl[] = [];
  for (const text of texts) {
    const one = parseUrl(text.trim());
    if (!one.ok) return one;
    urls.push(one.value);
  }
  return { ok: true, value: urls.sort((left, right) => compareText(left.text, right.text)) };
}

/** One address; the text is expected without blanks around it. */
export function parseUrl(text: string): Parsed<MemberUrl> {
  const malformed = goParseError(text);
  if (malformed !== undefined) return refuse(`parse ${quote(text)}: ${malformed}`);
  const match = SHAPE.exec(text);
  const scheme = match?.[1]?.toLowerCase() ?? "";
  if (match === null || !isScheme(scheme)) return refuse(`URL scheme must be http, https, unix, or unixs: ${text}`);
  const address = match[2]?.slice(match[2].lastIndexOf("@") + 1) ?? "";
  const parts = splitHostPort(address);
  const path = match[3] ?? "";
  const unix = scheme === "unix" || scheme === "unixs";
  if (!unix && parts === undefined) return refuse(`URL address does not have the form "host:port": ${text}`);
  if (!unix && path !== "") return refuse(`URL must not contain a path: ${text}`);
  const { host, port } = parts ?? { host: "", port: "" };
  const written = scheme + text.slice(scheme.length);
  const query = parseQuery(match[4] ?? "");
  return { ok: true, value: { scheme, text: written, address, host, port, path: unix ? address + path : "", query } };
}

/** Refuses listen addresses that name a host: only IP addresses and `localhost` can be bound to. */
export function checkBindUrls(urls: readonly MemberUrl[]): string | undefined {
  const bad = urls.find((url) => !isUnix(url) && url.host !== "localhost" && !isIp(url.host));
  return bad && `expected IP in URL for binding (${bad.text})`;
}

/** Refuses advertised addresses without a host: nobody could connect to them. */
export function checkHostUrls(urls: readonly MemberUrl[]): string | undefined {
  const bad = urls.find((url) => !isUnix(url) && url.host === "");
  return bad && `unexpected empty host (${bad.text})`;
}

/** True for addresses that are socket files. */
export function isUnix(url: MemberUrl): boolean {
  return url.scheme === "unix" || url.scheme === "unixs";
}

/** True for addresses served over TLS. */
export function isSecure(url: MemberUrl): boolean {
  return url.scheme === "https" || url.scheme === "unixs";
}

const portMax = 65_535;

/** False for a port that no socket has; Go's parser lets it pass, and only connecting fails. */
export function canConnectTo(url: MemberUrl): boolean {
  return isUnix(url) || Number(url.port) <= portMax;
}

/** Order of texts by their characters' codes, which for addresses is Go's order of bytes. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Text in double quotes, as Go's `%q` prints it. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

function isScheme(text: string): text is UrlScheme {
  return text === "http" || text === "https" || text === "unix" || text === "unixs";
}

/** What Go's parser itself refuses, before etcd looks at the parts. */
function goParseError(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\x00-\x1f\x7f]/.test(text)) return "net/url: invalid control character in URL";
  if (text.startsWith(":")) return "missing protocol scheme";
  const hasScheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text);
  if (!hasScheme && /^[^/?#]*:/.test(text)) return "first path segment in URL cannot contain colon";
  const address = /^[^/?#]*:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? "";
  const port = /^(?:\[[^\]]*\]|[^:]*)(:.*)$/.exec(address)?.[1];
  const isTcp = /^https?:/i.test(text);
  if (isTcp && port !== undefined && address.indexOf(":") === address.lastIndexOf(":") && !/^:\d*$/.test(port))
    return `invalid port ${quote(port)} after host`;
  return undefined;
}

function splitHostPort(address: string): { host: string; port: string } | undefined {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(address);
  if (bracketed !== null) return { host: bracketed[1]!, port: bracketed[2]! };
  const plain = /^([^:[\]]*):([^:[\]]*)$/.exec(address);
  return plain === null ? undefined : { host: plain[1]!, port: plain[2]! };
}

function parseQuery(text: string): Map<string, string> {
  const pairs = text.split("&").filter((pair) => pair !== "");
  return new Map(pairs.map((pair) => [pair.split("=", 1)[0]!, pair.slice(pair.indexOf("=") + 1)]));
}

/** True for an IPv4 address in four plain decimals or an IPv6 address without a zone. */
export function isIp(host: string): boolean {
  if (host.includes(":")) return /^[0-9a-fA-F:.]+$/.test(host) && URL.canParse(`http://[${host}]/`);
  const parts = host.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
