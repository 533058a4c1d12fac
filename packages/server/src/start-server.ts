/**
 * A running server: a member, the addresses it listens on and the services there. The composition root of everything that is
 * not the process itself. Order of starting: member, its membership published, listeners; so whoever can connect is served from
 * a joined and caught-up state. Stopping is the reverse.
 */
import { type ByteStream, GrpcServer } from "@etcd-ts/wire";
import {
  BcryptPasswords,
  type ClientListener,
  Http1Server,
  LmdbBackend,
  type PinoLogger,
  type PromMetrics,
} from "./adapters/index.ts";
import { MachineKeeper } from "./api/legacy/index.ts";
import { createMetricsRoutes, declareVersionMetrics, firstRoute } from "./api/ops/index.ts";
import { QueuedPasswords, V2AuthGuard, V2AuthStore } from "./api/v2/index.ts";
import { registerV3 } from "./api/v3/index.ts";
import { type ClientApiParts, createClientApi } from "./client-api.ts";
import { type ClientTargets, openClientPorts } from "./client-ports.ts";
import { discoveryPorts } from "./cluster-discovery-of.ts";
import { type Dialect, isLegacy, type LegacyCompat, reportedVersions, type ServerConfig } from "./config/index.ts";
import { recordMachine } from "./machine-record.ts";
import { type Member, type MemberOptions, type MemberPorts, startMember } from "./member/index.ts";
import { opsOptionsOf } from "./ops-options.ts";
import type { PeerStats } from "./peer/index.ts";
import { PeerFront } from "./peer-front.ts";
import { createPeerPages } from "./peer-pages.ts";
import { ServerMetrics } from "./server-metrics.ts";
import { logSlowUnary } from "./slow-request-log.ts";
import { v2MemberOf } from "./v2-member-of.ts";
import { grpcLimitsOf, http1LimitsOf } from "./wire-limits.ts";

/** What a server is made from. */
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

/** The member was removed from its cluster while it did not run. */
export class RemovedError extends Error {
  override readonly name = "RemovedError";
  /** Where the others are reached, as far as this member has heard. */
  readonly peerUrls: readonly string[];

  constructor(peerUrls: readonly string[]) {
    super("the member has been permanently removed from the cluster");
    this.peerUrls = peerUrls;
  }
}

/** Starts everything; rejects, with all closed again, when a part cannot start. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, ports, log } = parts;
  const peers = await PeerFront.open({ config, ...ports });
  const removal = new Removal(parts);
  const member = await startBehind(peers, { ...parts, onRemoved: () => removal.happened() });
  const front = new Front(parts, { member, stats: peers.stats });
  const keeper = machineKeeper(parts, { member: front.api.member, peers });
  try {
    await Promise.race([member.published(), removal.asError(member)]);
    declareVersions(parts, member);
    await recordMachine(member, {
      dialects: machineDialects(config),
      cluster: firstClusterConfig(config),
      clock: ports.clock,
      log,
    });
    peers.showPages(createPeerPages(config, { ...front.api, release: memberVersion(config) }));
    await front.open();
    keeper?.start();
    removal.startIsOver();
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
      keeper?.stop();
      await front.close(graceMs);
      await member.stop();
      await peers.close();
    },
  };
}

/** Tells of the removal of this member: while it starts, whoever starts it; later whoever runs it. */
class Removal {
  readonly #tell: () => void;
  readonly #failed: Promise<void>;
  #fail: () => void = () => {};
  #isStarting = true;

  constructor({ onRemoved }: Pick<ServerParts, "onRemoved">) {
    this.#tell = onRemoved;
    this.#failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  happened(): void {
    if (this.#isStarting) this.#fail();
    else this.#tell();
  }

  startIsOver(): void {
    this.#isStarting = false;
  }

  async asError(member: Member): Promise<never> {
    await this.#failed;
    throw new RemovedError(peerUrlsOfOthers(member));
  }
}

/** Where the other members are reached. */
export function peerUrlsOfOthers({ membership, memberId }: Member): string[] {
  return membership.members.filter(({ id }) => id !== memberId).flatMap(({ peerUrls }) => peerUrls);
}

function machineKeeper(
  { config, ports }: ServerParts,
  { member, peers }: { readonly member: ClientApiParts["member"]; readonly peers: PeerFront },
): MachineKeeper | undefined {
  if (config.compat !== "0.4") return undefined;
  return new MachineKeeper({ ...ports, member, isReached: (id) => peers.reaches(id) });
}

function firstClusterConfig({ legacyCluster }: ServerConfig) {
  const { activeSize, removeDelayMs, syncIntervalMs } = legacyCluster;
  return { activeSize, removeDelay: removeDelayMs / 1_000, syncInterval: syncIntervalMs / 1_000 };
}

async function startBehind(peers: PeerFront, { config, ports, onFatal, onRemoved }: ServerParts): Promise<Member> {
  const memberPorts: MemberPorts = {
    ...ports,
    openBackend: (path) => LmdbBackend.open(path),
    openNetwork: (self) => peers.openNetwork(self),
    peerClient: peers.client,
    ...discoveryPorts(config, { ...ports, client: peers.client }),
  };
  try {
    return await startMember(memberPorts, memberOptions(config), { onFatal, onRemoved });
  } catch (error) {
    await peers.close();
    throw error;
  }
}

/** What is served. */
interface Inside {
  readonly member: Member;
  readonly stats: PeerStats | undefined;
}

/** What faces clients: listeners, the gRPC server and the HTTP/1.1 server behind them. */
class Front {
  readonly #parts: ServerParts;
  readonly #member: Member;
  /** What the pages of other ports are made from as well. */
  readonly api: ClientApiParts;
  readonly #grpc: GrpcServer;
  /** One for every dialect that is spoken on a listener. */
  readonly #http = new Map<Dialect, Http1Server>();
  readonly #metricsHttp: Http1Server;
  /** Those for clients, then those for metrics. */
  #listeners: readonly ClientListener[] = [];

  constructor(parts: ServerParts, inside: Inside) {
    const { config, ports, log } = parts;
    const { member } = inside;
    this.#parts = parts;
    this.#member = member;
    const observer = new ServerMetrics(parts.metrics, {
      clock: ports.clock,
      extensive: config.metrics === "extensive",
      slowUnaryMs: config.warningUnaryRequestMs,
      onSlowUnary: (path, call, tookMs) => logSlowUnary(ports, { path, call, tookMs }),
    });
    this.#grpc = new GrpcServer({ clock: ports.clock, limits: grpcLimitsOf(config), observer });
    registerV3(this.#grpc, { member, log });
    const { clock } = ports;
    const opsOf = opsOptionsOf(parts, member);
    const ops = opsOf(config.compat);
    const api: ClientApiParts = { config, ...v2PartsOf(parts, inside), ops, clock, log };
    this.api = api;
    for (const { dialect } of config.listenClientUrls) {
      if (this.#http.has(dialect)) continue;
      const handler = createClientApi(dialect, { ...api, ops: opsOf(dialect) });
      this.#http.set(dialect, new Http1Server({ handler, clock, log, limits: http1LimitsOf(config) }));
    }
    this.#metricsHttp = new Http1Server({ handler: firstRoute(createMetricsRoutes(ops)), clock: ports.clock, log });
  }

  get clientAddresses(): string[] {
    const { listenClientUrls } = this.#parts.config;
    return this.#listeners.slice(0, listenClientUrls.length).map(({ address }) => address);
  }

  async open(): Promise<void> {
    const { config, ports } = this.#parts;
    const onHttp2 = (stream: ByteStream) => this.#grpc.accept(stream);
    const forMetrics: ClientTargets = {
      onHttp1: (socket) => this.#metricsHttp.accept(socket),
      onHttp2: (stream) => stream.destroy(),
    };
    const { listenClientUrls, listenMetricsUrls } = config;
    this.#listeners = await openClientPorts({ config, ...ports }, [...listenClientUrls, ...listenMetricsUrls], (at) => {
      const http = this.#http.get(listenClientUrls[at]?.dialect as Dialect);
      return http === undefined ? forMetrics : { onHttp1: (socket) => http.accept(socket), onHttp2 };
    });
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    // Whoever waits for a change would wait out the whole grace.
    this.#member.v2.endWatches();
    const http = [...this.#http.values(), this.#metricsHttp].map((server) => server.close({ graceMs }));
    await Promise.all([this.#grpc.drain(graceMs), ...http]);
    this.#grpc.close();
  }
}

function declareVersions({ metrics, config, runtime }: ServerParts, member: Member): void {
  const { memberId } = member;
  declareVersionMetrics(metrics, { serverVersion: config.reportedVersion, runtimeVersion: runtime, memberId });
}

/** The member as the APIs before v3 see it, with its users and roles. */
function v2PartsOf({ config, ports }: ServerParts, inside: Inside): Pick<ClientApiParts, "member" | "auth"> {
  const v2Member = v2MemberOf(inside.member, { clock: ports.clock, stats: inside.stats });
  const passwords = new QueuedPasswords(new BcryptPasswords({ cost: config.bcryptCost }));
  const store = new V2AuthStore({ member: v2Member, passwords });
  const guard = new V2AuthGuard({ store, passwords, trustsCertificates: config.clientTls.clientCertAuth });
  return { member: v2Member, auth: { store, guard } };
}

/** The releases before 2.0 that this member serves, of which it has to be a machine. */
function machineDialects({ compat, listenClientUrls }: ServerConfig): LegacyCompat[] {
  const dialects = listenClientUrls.map(({ dialect }) => dialect);
  return [...new Set([compat, ...dialects])].filter(isLegacy);
}

function memberOptions(config: ServerConfig): MemberOptions {
  const foundsLegacy = isLegacy(config.compat);
  return { ...config, version: memberVersion(config), foundsLegacy, unknownDeadlines: config.compat === "3.4" };
}

/** Members tell each other what they really are; a release before 3.0 would be refused as too old. */
function memberVersion({ compat, reportedVersion }: ServerConfig): string {
  return compat === "3.4" || compat === "3.7" ? reportedVersion : reportedVersions["3.7"];
}
