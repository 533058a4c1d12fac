/** Makes of the `--discovery…` flags what a member asks when it starts for the first time. */
import { NodeDns, NodeWebClient, rpcEndpoint } from "./adapters/index.ts";
import type { ServerConfig, V3DiscoveryConfig } from "./config/index.ts";
import { clusterFromSrv, clusterFullText, GrpcKeys, joinByPeers, meetInV2, meetInV3 } from "./discovery/index.ts";
import type { Clock, ClusterDiscovery, DiscoveringMember, DnsResolver, Logger, PeerClient } from "./ports/index.ts";

/** What a member needs of the world outside its cluster. */
export function discoveryPorts(
  config: ServerConfig,
  ports: { readonly clock: Clock; readonly log: Logger; readonly client: PeerClient },
): { dns: DnsResolver; discovery: ClusterDiscovery | undefined } {
  const dns = new NodeDns({ servers: config.nameServers });
  return { dns, discovery: discoveryOf(config, { ...ports, dns }) };
}

type DiscoveryPorts = {
  readonly dns: DnsResolver;
  readonly clock: Clock;
  readonly log: Logger;
  readonly client: PeerClient;
};

function discoveryOf(config: ServerConfig, ports: DiscoveryPorts): ClusterDiscovery | undefined {
  const { discovery, name, advertisePeerUrls } = config;
  switch (discovery?.kind) {
    case undefined:
      return undefined;
    case "srv": {
      const { domain, serviceName } = discovery;
      const question = { domain, serviceName, name, advertisePeerUrls };
      return { kind: "look-up", lookUp: () => clusterFromSrv(ports, question) };
    }
    case "v2":
      return { kind: "join", token: discovery.url, join: (self) => meetOrSay(discovery, { ports, self }) };
    case "peers": {
      const self = { name, peerUrl: advertisePeerUrls[0] ?? "", clientUrl: config.advertiseClientUrls[0] ?? "" };
      return { kind: "look-up", lookUp: () => joinByPeers(ports, discovery.urls, self) };
    }
    case "v3":
      return { kind: "join", token: discovery.token, join: (self) => meetOverGrpc(discovery, { ports, self }) };
    default:
      return discovery satisfies never;
  }
}

type V2Discovery = Extract<ServerConfig["discovery"], { kind: "v2" }>;

/** etcd 3.4 turns into a v2 proxy when it finds the cluster full and its fallback is not `exit`. */
async function meetOrSay(
  { url, proxy, fallsBack }: V2Discovery,
  { ports, self }: { ports: DiscoveryPorts; self: DiscoveringMember },
): Promise<string> {
  try {
    return await meetInV2({ ...ports, web: new NodeWebClient({ proxy }) }, url, self);
  } catch (error) {
    const { message } = error as Error;
    if (!fallsBack || message !== clusterFullText) throw error;
    throw new Error(`${message}; --discovery-fallback proxy is not available in this server`, { cause: error });
  }
}

async function meetOverGrpc(
  config: V3DiscoveryConfig,
  { ports, self }: { ports: DiscoveryPorts; self: DiscoveringMember },
): Promise<string> {
  const endpoints = config.endpoints.map((endpoint) => rpcEndpoint(endpoint, config));
  const keys = new GrpcKeys(ports, { ...config, endpoints });
  try {
    return await meetInV3({ ...ports, keys }, config.token, self);
  } finally {
    keys.close();
  }
}
