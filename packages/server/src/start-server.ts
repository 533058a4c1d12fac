/**
 * A running server: a member, the addresses it listens on and the services there. The composition root of everything that is
 * not the process itself. Order of starting: member, its membership published, listeners; so whoever can connect is served from
 * a joined and caught-up state. Stopping is the reverse.
 */
import { type ByteStream, GrpcServer } from "@etcd-ts/wire";
import {
  ClientListener,
  type ClientListenerOptions,
  Http1Server,
  LmdbBackend,
  openTlsMaterial,
  type PinoLogger,
  type PromMetrics,
  type TlsMaterial,
} from "./adapters/index.ts";
import {
  createClusterVersionGauge,
  createMetricsRoutes,
  createOpsRoutes,
  declareVersionMetrics,
  firstRoute,
  type OpsOptions,
  withAccessControl,
} from "./api/ops/index.ts";
import { registerV3 } from "./api/v3/index.ts";
import type { ServerConfig } from "./config/index.ts";
import { type Member, type MemberOptions, type MemberPorts, startMember } from "./member/index.ts";
import { isSecure, isUnix, type MemberUrl } from "./membership/index.ts";
import { opsMemberOf } from "./ops-member-of.ts";
import { PeerFront } from "./peer-front.ts";
import { ServerMetrics } from "./server-metrics.ts";
import { logSlowUnary } from "./slow-request-log.ts";
import { grpcLimitsOf, http1LimitsOf } from "./wire-limits.ts";

export interface ServerParts {
  readonly config: ServerConfig;
  readonly ports: Omit<MemberPorts, "openBackend" | "openNetwork" | "peerClient">;
  readonly log: PinoLogger;
  readonly metrics: PromMetrics;
  /** What runs us, for `etcd_server_go_version`. */
  readonly runtime: string;
  /** The server cannot go on; whoever started it stops it and reports. */
  onFatal(error: Error): void;
  /** The member was removed from its cluster; whoever started the server stops it. */
  onRemoved(): void;
}

/** A server that is up. */
export interface RunningServer {
  readonly member: Member;
  /** Addresses clients connect to, in the order of `--listen-client-urls`. */
  readonly clientAddresses: readonly string[];
  /** Lets calls under way finish for at most `graceMs`, then stops everything; durable when it resolves. */
  stop(graceMs: number): Promise<void>;
}

/** Starts everything; rejects, with all closed again, when a part cannot start. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, ports, log } = parts;
  const peers = await PeerFront.open({ config, ...ports });
  const member = await startBehind(peers, parts);
  const front = new Front(parts, member);
  try {
    await member.published();
    declareVersions(parts, member);
    await front.open();
  } catch (error) {
    await front.close(0);
    await member.stop();
    await peers.close();
    throw error;
  }
  log.info("ready to serve client requests", { "client-urls": front.clientAddresses });
  return {
    member,
    clientAddresses: front.clientAddresses,
    stop: async (graceMs) => {
      await front.close(graceMs);
      await member.stop();
      await peers.close();
    },
  };
}

async function startBehind(peers: PeerFront, { config, ports, onFatal, onRemoved }: ServerParts): Promise<Member> {
  const memberPorts: MemberPorts = {
    ...ports,
    openBackend: (path) => LmdbBackend.open(path),
    openNetwork: (self) => peers.openNetwork(self),
    peerClient: peers.client,
  };
  try {
    return await startMember(memberPorts, memberOptions(config), { onFatal, onRemoved });
  } catch (error) {
    await peers.close();
    throw error;
  }
}

type Targets = ClientListenerOptions["targets"];

/** What faces clients: listeners, the gRPC server and the HTTP/1.1 server behind them. */
class Front {
  readonly #parts: ServerParts;
  readonly #grpc: GrpcServer;
  readonly #http: Http1Server;
  readonly #metricsHttp: Http1Server;
  readonly #clients: ClientListener[] = [];
  readonly #metrics: ClientListener[] = [];

  constructor(parts: ServerParts, member: Member) {
    const { config, ports, log } = parts;
    this.#parts = parts;
    const observer = new ServerMetrics(parts.metrics, {
      clock: ports.clock,
      extensive: config.metrics === "extensive",
      slowUnaryMs: config.warningUnaryRequestMs,
      onSlowUnary: (path, call, tookMs) => logSlowUnary(ports, { path, call, tookMs }),
    });
    this.#grpc = new GrpcServer({ clock: ports.clock, limits: grpcLimitsOf(config), observer });
    registerV3(this.#grpc, { member, log });
    const ops = opsOptions(parts, member);
    const guarded = withAccessControl(firstRoute(createOpsRoutes(ops)), {
      hostWhitelist: config.hostWhitelist,
      cors: config.cors,
      refusesCommonNames: () => false,
      onRefusedHost: (host) => log.warn("rejecting HTTP request to prevent DNS rebinding attacks", { host }),
    });
    this.#http = new Http1Server({ handler: guarded, clock: ports.clock, log, limits: http1LimitsOf(config) });
    this.#metricsHttp = new Http1Server({ handler: firstRoute(createMetricsRoutes(ops)), clock: ports.clock, log });
  }

  get clientAddresses(): string[] {
    return this.#clients.map(({ address }) => address);
  }

  async open(): Promise<void> {
    const { config } = this.#parts;
    const onHttp2 = (stream: ByteStream) => this.#grpc.accept(stream);
    const tls = await this.#tls();
    for (const url of config.listenClientUrls) {
      const onHttp1: Targets["onHttp1"] = (socket) => this.#http.accept(socket);
      this.#clients.push(await this.#listen(url, { tls, targets: { onHttp1, onHttp2 } }));
    }
    for (const url of config.listenMetricsUrls) {
      const targets: Targets = {
        onHttp1: (socket) => this.#metricsHttp.accept(socket),
        onHttp2: (stream) => stream.destroy(),
      };
      this.#metrics.push(await this.#listen(url, { tls, targets }));
    }
  }

  #listen(url: MemberUrl, to: Pick<ClientListenerOptions, "tls" | "targets">): Promise<ClientListener> {
    const { clock, log } = this.#parts.ports;
    return ClientListener.open({
      where: whereOf(url),
      targets: to.targets,
      tls: isSecure(url) ? to.tls : undefined,
      clock,
      log,
    });
  }

  async #tls(): Promise<TlsMaterial | undefined> {
    const { config, ports } = this.#parts;
    const secure = [...config.listenClientUrls, ...config.listenMetricsUrls].filter(isSecure);
    if (secure.length === 0) return undefined;
    const hosts = secure.map(({ host }) => host);
    return openTlsMaterial({ config: config.clientTls, hosts, clock: ports.clock, log: ports.log });
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#clients, ...this.#metrics].map((listener) => listener.close()));
    await Promise.all([this.#grpc.drain(graceMs), this.#http.close({ graceMs }), this.#metricsHttp.close({ graceMs })]);
    this.#grpc.close();
  }
}

function declareVersions({ metrics, config, runtime }: ServerParts, member: Member): void {
  const { memberId, membership } = member;
  declareVersionMetrics(metrics, { serverVersion: config.reportedVersion, runtimeVersion: runtime, memberId });
  createClusterVersionGauge(metrics)(membership.clusterVersion ?? "");
}

function opsOptions({ config, metrics, log }: ServerParts, member: Member): OpsOptions {
  return {
    member: opsMemberOf(member, log),
    serverVersion: config.reportedVersion,
    compat: config.compat === "3.4" ? "3.4" : "3.7",
    metrics,
    metricsText: metrics,
    log,
  };
}

function whereOf(url: MemberUrl): { host: string; port: number } | { path: string } {
  return isUnix(url) ? { path: url.path } : { host: url.host, port: Number(url.port) };
}

function memberOptions(config: ServerConfig): MemberOptions {
  return { ...config, version: config.reportedVersion };
}
