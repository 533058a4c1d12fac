/**
 * What faces the other members: the peer listeners, opened before anything is written to disk, and the network behind them
 * once this member's identity is known.
 */
import {
  HttpPeerConnector,
  NodeDns,
  openPeerTls,
  PeerListener,
  type PeerListenerOptions,
  type PeerTlsMaterial,
} from "./adapters/index.ts";
import type { ServerConfig } from "./config/index.ts";
import { isSecure, isUnix } from "./membership/index.ts";
import { addressMismatch, type PeerStats, PeerTransport } from "./peer/index.ts";
import type {
  ArrivedRequest,
  Clock,
  HttpHandler,
  HttpRequest,
  LinkAnswer,
  Logger,
  Metrics,
  PeerClient,
  PeerEndpoint,
  PeerIdentity,
  PeerNetwork,
} from "./ports/index.ts";

/** What facing the other members needs of the process. */
export interface PeerFrontParts {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const askTimeoutMs = 5_000;
const plainText = { "Content-Type": "text/plain; charset=utf-8" };

/** Answers what is no traffic of members; undefined for that. */
type PeerPages = (request: HttpRequest) => ReturnType<HttpHandler> | undefined;

export class PeerFront {
  readonly #parts: PeerFrontParts;
  readonly #connector: HttpPeerConnector;
  readonly #listeners: PeerListener[] = [];
  #pages: PeerPages | undefined;
  #network: PeerTransport | undefined;

  private constructor(parts: PeerFrontParts, tls: PeerTlsMaterial | undefined) {
    this.#parts = parts;
    this.#connector = new HttpPeerConnector({ tls });
  }

  /** Opens every `--listen-peer-urls`; rejects, with none left open, when one cannot be had. */
  static async open(parts: PeerFrontParts): Promise<PeerFront> {
    const { config, clock, log } = parts;
    const tls = await openPeerTls({ config: config.peerTls, hosts: hostsOf(config), clock, log });
    const front = new PeerFront(parts, tls);
    try {
      for (const url of config.listenPeerUrls) {
        if (isSecure(url) && tls === undefined)
          throw new Error(`cannot listen on TLS for ${url.text}: KeyFile and CertFile are not presented`);
        const where = isUnix(url) ? { path: url.path } : { host: url.host, port: Number(url.port) };
        const security = { tls: isSecure(url) ? tls?.server : undefined, checkAddress: addressCheck(config) };
        front.#listeners.push(await PeerListener.open({ where, ...security, clock, log }));
      }
    } catch (error) {
      await front.close();
      throw error;
    }
    return front;
  }

  /** Addresses other members connect to, in the order of `--listen-peer-urls`. */
  get addresses(): readonly string[] {
    return this.#listeners.map(({ address }) => address);
  }

  /** Asks members that are no peers yet. */
  get client(): PeerClient {
    return {
      ask: (url, request) => this.#connector.request(url, { ...request, headers: {}, timeoutMs: askTimeoutMs }),
    };
  }

  /** The network of a member whose identity is known now. */
  openNetwork(self: PeerIdentity): PeerNetwork {
    const { clock, log, metrics } = this.#parts;
    const transport = new PeerTransport({ self, connector: this.#connector, clock, log, metrics });
    this.#network = transport;
    for (const listener of this.#listeners) listener.serve(this.#withPages(transport.endpoint));
    return transport;
  }

  /** Answers that there is nothing here: this machine stands by. */
  serveNothing(): void {
    const refusal: LinkAnswer = {
      status: 404,
      headers: plainText,
      body: new TextEncoder().encode("404 page not found\n"),
    };
    const refuse = async (): Promise<LinkAnswer> => refusal;
    const endpoint: PeerEndpoint = { onStream: () => ({ refusal }), onUpload: refuse, onRequest: refuse };
    for (const listener of this.#listeners) listener.serve(endpoint);
  }

  /** Whether there is a connection with another member. */
  reaches(id: bigint): boolean {
    return this.#network?.activeSinceMs(id) !== undefined;
  }

  /** What passed between this member and the others; undefined before there is a network. */
  get stats(): PeerStats | undefined {
    return this.#network?.stats;
  }

  /** Shows these pages from now on. */
  showPages(pages: PeerPages): void {
    this.#pages = pages;
  }

  #withPages(endpoint: PeerEndpoint): PeerEndpoint {
    return {
      onStream: (request) => endpoint.onStream(request),
      onUpload: (request, body) => endpoint.onUpload(request, body),
      onRequest: async (request, body) => {
        const answer = this.#pages?.(httpRequest(request, body));
        return answer === undefined ? endpoint.onRequest(request, body) : linkAnswer(await answer);
      },
    };
  }

  async close(): Promise<void> {
    this.#connector.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}

/** Members that are known by the names in their certificates must come from there. */
function addressCheck({ peerTls, nameServers }: ServerConfig): PeerListenerOptions["checkAddress"] {
  if (peerTls.skipClientSanVerification) return undefined;
  const dns = new NodeDns({ servers: nameServers });
  return (names, remoteAddress) => addressMismatch(dns, names, remoteAddress);
}

/** A page's request; nobody waits there for long, so nothing is told of a client that goes. */
function httpRequest(request: ArrivedRequest, body: Uint8Array): HttpRequest {
  return { ...request, query: "", body, tls: undefined, signal: new AbortController().signal };
}

function linkAnswer({ status, headers, body }: Awaited<ReturnType<HttpHandler>>): LinkAnswer {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  if (!(bytes instanceof Uint8Array)) throw new Error("a page of the peer port is no stream");
  return { status, headers, body: bytes };
}

function hostsOf({ listenPeerUrls }: ServerConfig): string[] {
  return listenPeerUrls.filter(isSecure).map(({ host }) => host);
}
