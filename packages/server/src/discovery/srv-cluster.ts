/**
 * DNS discovery: the founders stand in the SRV records `_etcd-server-ssl._tcp.DOMAIN` (https) and `_etcd-server._tcp.DOMAIN`
 * (http). A record that resolves to an address which this member advertises is this member; the others get numbers for names, since
 * DNS has none for them, until they say their own. Records are taken in the order of their texts, so that the result does not depend
 * on the name server's mood.
 */
import { compareText, joinHostPort, type MemberUrl, parseUrls } from "../membership/index.ts";
import type { DnsResolver, Logger } from "../ports/index.ts";

/** What the name servers are asked. */
export interface SrvQuestion {
  readonly domain: string;
  /** `--discovery-srv-name`; empty: no suffix. */
  readonly serviceName: string;
  /** This member's name and peer addresses. */
  readonly name: string;
  readonly advertisePeerUrls: readonly string[];
}

interface SrvPorts {
  readonly dns: DnsResolver;
  readonly log: Logger;
}

/** The initial cluster that the records describe; rejects in etcd's words when they describe none. */
export async function clusterFromSrv(ports: SrvPorts, question: SrvQuestion): Promise<string> {
  const entries: string[] = [];
  const failures: string[] = [];
  for (const scheme of ["https", "http"] as const) {
    const service = serviceOf("etcd-server", { scheme, suffix: question.serviceName });
    try {
      entries.push(...(await entriesOf(ports.dns, { ...question, scheme, service })));
    } catch (error) {
      failures.push(`error querying DNS SRV records for _${service} ${(error as Error).message}`);
    }
  }
  for (const failure of failures) ports.log.warn("failed to resolve during SRV discovery", { error: failure });
  if (entries.length === 0 && failures.length > 0) throw new Error(failures.join("; "));
  for (const node of entries) ports.log.info("got bootstrap from DNS for etcd-server", { node });
  const isNamed = entries.some((entry) => entry.startsWith(`${question.name}=`));
  if (!isNamed) throw new Error(`cannot find local etcd member ${JSON.stringify(question.name)} in SRV records`);
  return entries.join(",");
}

interface ServiceQuestion extends SrvQuestion {
  readonly scheme: "https" | "http";
  readonly service: string;
}

async function entriesOf(dns: DnsResolver, question: ServiceQuestion): Promise<string[]> {
  const own = await ownAddresses(dns, question.advertisePeerUrls);
  const records = [...(await dns.services(`_${question.service}._tcp.${question.domain}`))];
  const hosts = records.map(({ host, port }) => ({ host: host.replace(/\.$/, ""), port }));
  hosts.sort((a, b) => compareText(a.host, b.host) || a.port - b.port);
  const entries: string[] = [];
  let failure: Error | undefined;
  let strangers = 0;
  for (const { host, port } of hosts) {
    try {
      const self = own.get(joinHostPort(await dns.address(host), port));
      const name = self === undefined ? String(strangers++) : question.name;
      const url = `${question.scheme}://${joinHostPort(host, port)}`;
      if (self !== undefined && self.scheme !== question.scheme) throw new Error(mismatch(question, { url, self }));
      entries.push(`${name}=${url}`);
    } catch (error) {
      // One founder that does not resolve is missed later; the others are still worth knowing.
      failure = error as Error;
    }
  }
  if (entries.length === 0 && failure !== undefined) throw failure;
  return entries;
}

function mismatch({ service }: ServiceQuestion, { url, self }: { url: string; self: MemberUrl }): string {
  return `bootstrap at ${url} from DNS for ${service} has scheme mismatch with expected peer ${self.text}`;
}

/** This member's addresses by the sockets they mean. */
async function ownAddresses(dns: DnsResolver, texts: readonly string[]): Promise<Map<string, MemberUrl>> {
  const urls = parseUrls(texts);
  if (!urls.ok) throw new Error(urls.error);
  const own = new Map<string, MemberUrl>();
  for (const url of urls.value) own.set(joinHostPort(await dns.address(url.host), url.port), url);
  return own;
}

/** Name of a service: `-ssl` for https, then the operator's suffix. */
function serviceOf(service: string, { scheme, suffix }: { scheme: "https" | "http"; suffix: string }): string {
  const secured = scheme === "https" ? `${service}-ssl` : service;
  return suffix === "" ? secured : `${secured}-${suffix}`;
}
