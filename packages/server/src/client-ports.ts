/** The addresses that face clients, as the configuration has them, over TLS where the address says so. */
import {
  ClientListener,
  type ClientListenerOptions,
  ConnectionLimit,
  descriptorLimit,
  openTlsMaterial,
} from "./adapters/index.ts";
import type { ServerConfig } from "./config/index.ts";
import { isSecure, isUnix, type MemberUrl } from "./membership/index.ts";
import type { Clock, Logger } from "./ports/index.ts";

/** Whom the connections of an address are handed to. */
export type ClientTargets = ClientListenerOptions["targets"];

/** What opening addresses needs. */
export interface ClientPortsParts {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens all of them, in order; rejects, with none left open, when one cannot be had. Targets are asked for by the place. */
export async function openClientPorts(
  { config, clock, log }: ClientPortsParts,
  urls: readonly MemberUrl[],
  targetsOf: (at: number) => ClientTargets,
): Promise<ClientListener[]> {
  const secure = urls.filter(isSecure).map(({ host }) => host);
  const tls =
    secure.length === 0 ? undefined : await openTlsMaterial({ config: config.clientTls, hosts: secure, clock, log });
  const listeners: ClientListener[] = [];
  const limit = new ConnectionLimit({ descriptors: descriptorLimit() });
  try {
    for (const [at, url] of urls.entries()) {
      const material = isSecure(url) ? tls : undefined;
      const options = { where: whereOf(url), targets: targetsOf(at), tls: material, limit, clock, log };
      listeners.push(await ClientListener.open(options));
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  return listeners;
}

function whereOf(url: MemberUrl): { host: string; port: number } | { path: string } {
  return isUnix(url) ? { path: url.path } : { host: url.host, port: Number(url.port) };
}
