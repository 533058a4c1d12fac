/** What faces the world while a machine of 0.4 stands by: clients are sent to the leader, other machines find nothing. */
import { type ClientListener, Http1Server } from "./adapters/index.ts";
import { createStandbyHandler } from "./api/legacy/index.ts";
import { openClientPorts } from "./client-ports.ts";
import type { ServerConfig } from "./config/index.ts";
import { PeerFront } from "./peer-front.ts";
import type { Clock, Logger, Metrics, PeerClient } from "./ports/index.ts";
import { http1LimitsOf } from "./wire-limits.ts";

interface StandbyFrontParts {
  readonly config: ServerConfig;
  readonly ports: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics };
  leaderUrl(): string | undefined;
}

export class StandbyFront {
  readonly #peers: PeerFront;
  readonly #http: Http1Server;
  #clients: readonly ClientListener[] = [];

  private constructor(peers: PeerFront, http: Http1Server) {
    this.#peers = peers;
    this.#http = http;
  }

  /** Opens all addresses of the configuration; rejects, with none left open, when one cannot be had. */
  static async open({ config, ports, leaderUrl }: StandbyFrontParts): Promise<StandbyFront> {
    const peers = await PeerFront.open({ config, ...ports });
    peers.serveNothing();
    const handler = createStandbyHandler({ cors: config.cors, leaderUrl });
    const http = new Http1Server({ handler, ...ports, limits: http1LimitsOf(config) });
    const front = new StandbyFront(peers, http);
    try {
      front.#clients = await openClientPorts({ config, ...ports }, config.listenClientUrls, () => ({
        onHttp1: (socket) => http.accept(socket),
        onHttp2: (stream) => stream.destroy(),
      }));
    } catch (error) {
      await front.close(0);
      throw error;
    }
    return front;
  }

  get clientAddresses(): string[] {
    return this.#clients.map(({ address }) => address);
  }

  /** Asks the machines of the cluster. */
  get peerClient(): PeerClient {
    return this.#peers.client;
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#http.close({ graceMs });
    await this.#peers.close();
  }
}
