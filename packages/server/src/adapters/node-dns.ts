/**
 * DNS over `node:dns`: hosts as the system resolves them (hosts file included); SRV records and the names of addresses from
 * the name servers it is configured with, or from those that are named.
 */
import { lookup, Resolver } from "node:dns/promises";
import type { DnsResolver, HostLookup, ServiceRecord } from "../ports/index.ts";

export class NodeDns implements DnsResolver, HostLookup {
  readonly #resolver = new Resolver();

  /** `servers`: IP addresses of name servers, with or without a port; empty: the system's. */
  constructor({ servers }: { readonly servers: readonly string[] }) {
    if (servers.length > 0) this.#resolver.setServers(servers);
  }

  async services(name: string): Promise<readonly ServiceRecord[]> {
    const records = await answered(name, this.#resolver.resolveSrv(name));
    return records.map((record) => ({ host: record.name, port: record.port }));
  }

  async address(host: string): Promise<string> {
    return (await this.addresses(host))[0]!;
  }

  async addresses(host: string): Promise<readonly string[]> {
    // IPv4 first, as Go's resolver does, so that both sides of a comparison agree.
    const found = await answered(host, lookup(host, { all: true, order: "ipv4first" }));
    return found.map(({ address }) => address);
  }

  async names(address: string): Promise<readonly string[]> {
    return answered(address, this.#resolver.reverse(address));
  }
}

async function answered<T>(question: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new Error(`lookup ${question}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Go's words for what happens most. */
function reasonOf(error: unknown): string {
  const { code, message } = error as Error & { code?: string };
  return code === "ENOTFOUND" || code === "ENODATA" ? "no such host" : message;
}
