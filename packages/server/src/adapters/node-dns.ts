/**
 * DNS over `node:dns`: hosts as the system resolves them (hosts file included), SRV records from the name servers it is
 * configured with, or from those that are named.
 */
import { lookup, Resolver } from "node:dns/promises";
import type { DnsResolver, ServiceRecord } from "../ports/index.ts";

export class NodeDns implements DnsResolver {
  readonly #resolver = new Resolver();

  /** `servers`: `host:port` of name servers for service records; absent: the system's. */
  constructor({ servers }: { readonly servers?: readonly string[] } = {}) {
    if (servers !== undefined) this.#resolver.setServers(servers);
  }

  async services(name: string): Promise<readonly ServiceRecord[]> {
    try {
      const records = await this.#resolver.resolveSrv(name);
      return records.map((record) => ({ host: record.name, port: record.port }));
    } catch (error) {
      throw new Error(`lookup ${name}: ${reasonOf(error)}`, { cause: error });
    }
  }

  async address(host: string): Promise<string> {
    try {
      // IPv4 first, as Go's resolver does, so that both sides of a comparison agree.
      return (await lookup(host, { verbatim: false })).address;
    } catch (error) {
      throw new Error(`lookup ${host}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

/** Go's words for what happens most. */
function reasonOf(error: unknown): string {
  const { code, message } = error as Error & { code?: string };
  return code === "ENOTFOUND" || code === "ENODATA" ? "no such host" : message;
}
