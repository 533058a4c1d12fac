/** Makes of the `--discovery…` flags what a member asks when it starts for the first time. */
import { NodeDns } from "./adapters/index.ts";
import type { ServerConfig } from "./config/index.ts";
import { clusterFromSrv } from "./discovery/index.ts";
import type { ClusterDiscovery, DnsResolver, Logger } from "./ports/index.ts";

/** What a member needs of the world outside its cluster. */
export function discoveryPorts(
  config: ServerConfig,
  log: Logger,
): { dns: DnsResolver; discovery: ClusterDiscovery | undefined } {
  const dns = new NodeDns();
  return { dns, discovery: discoveryOf(config, { dns, log }) };
}

function discoveryOf(
  { discovery, name, advertisePeerUrls }: ServerConfig,
  ports: { dns: DnsResolver; log: Logger },
): ClusterDiscovery | undefined {
  if (discovery?.kind !== "srv") return undefined;
  const { domain, serviceName } = discovery;
  return {
    kind: "look-up",
    lookUp: () => clusterFromSrv(ports, { domain, serviceName, name, advertisePeerUrls }),
  };
}
