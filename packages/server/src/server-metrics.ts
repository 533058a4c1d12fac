/**
 * Counts what passes the gRPC server, under etcd's names, and logs calls that took too long. The series of each method are
 * declared up front; requests also count by the client's API version. Called in the hot path: a look-up and an addition each.
 *
 * Bounds: clients name their own version, so only versions are labels, and only `versionsMax` different ones.
 */
import { services } from "@etcd-ts/proto";
import type { HandledCall, Metadata, WireObserver } from "@etcd-ts/wire";
import { createGrpcMethodMetrics, type GrpcMethodMetrics, type GrpcType } from "./api/ops/index.ts";
import type { Clock, Counter, Metrics } from "./ports/index.ts";

const grpcTypes = {
  unary: "unary",
  clientStream: "client_stream",
  serverStream: "server_stream",
  bidi: "bidi_stream",
} as const satisfies Record<string, GrpcType>;

const versionHeader = "client-api-version";
const versionPattern = /^\d{1,4}(\.\d{1,4}){0,3}$/;
const versionsMax = 32;
const unknownVersion = "unknown";

interface Method extends GrpcMethodMetrics {
  readonly isUnary: boolean;
  /** Whose requests were counted last, and where: clients come in runs. */
  lastMetadata: Metadata | undefined;
  requests: Counter;
}

/** Counters of one client version. */
interface Requests {
  readonly unary: Counter;
  readonly stream: Counter;
}

/** What is measured, and what counts as slow. */
export interface ServerMetricsOptions {
  readonly clock: Clock;
  /** Time histograms of every method (`--metrics extensive`). */
  readonly extensive: boolean;
  /** Unary calls that take longer are reported. */
  readonly slowUnaryMs: number;
  onSlowUnary(path: string, call: HandledCall, tookMs: number): void;
}

/** The observer of a running server. */
export class ServerMetrics implements WireObserver {
  readonly #metrics: Metrics;
  readonly #options: ServerMetricsOptions;
  readonly #methods = new Map<string, Method>();
  /** The requests of each client version, told apart by whether they are unary. */
  readonly #versions = new Map<string, Requests>();
  readonly #unversioned: Requests;
  readonly #receivedBytes: Counter;
  readonly #sentBytes: Counter;

  constructor(metrics: Metrics, options: ServerMetricsOptions) {
    this.#metrics = metrics;
    this.#options = options;
    this.#receivedBytes = bytesCounter(metrics, "received");
    this.#sentBytes = bytesCounter(metrics, "sent");
    this.#unversioned = this.#requestsOf(unknownVersion);
    this.#versions.set(unknownVersion, this.#unversioned);
    for (const methods of Object.values(services)) {
      for (const { path, kind } of Object.values(methods)) this.#declare({ path, kind });
    }
  }

  onCallStarted(path: string, metadata: Metadata): void {
    const method = this.#methods.get(path);
    if (method === undefined) return;
    method.started.inc();
    if (method.lastMetadata !== metadata) {
      method.lastMetadata = metadata;
      method.requests = this.#requestsIn(metadata)[method.isUnary ? "unary" : "stream"];
    }
    method.requests.inc();
  }

  onCallHandled(path: string, code: number, call: HandledCall): void {
    const method = this.#methods.get(path);
    if (method === undefined) return;
    const tookMs = this.#options.clock.nowMs() - call.startedMs;
    method.handled(code, tookMs / 1000);
    if (tookMs > this.#options.slowUnaryMs && method.isUnary) this.#options.onSlowUnary(path, call, tookMs);
  }

  onMessageReceived(path: string): void {
    this.#methods.get(path)?.received.inc();
  }

  onMessageSent(path: string): void {
    this.#methods.get(path)?.sent.inc();
  }

  onTraffic(receivedBytes: number, sentBytes: number): void {
    this.#receivedBytes.inc(receivedBytes);
    this.#sentBytes.inc(sentBytes);
  }

  #requestsIn(metadata: Metadata): Requests {
    const version = metadata.get(versionHeader) ?? unknownVersion;
    return this.#versions.get(version) ?? this.#meet(version);
  }

  #meet(version: string): Requests {
    if (this.#versions.size >= versionsMax || !versionPattern.test(version)) return this.#unversioned;
    const requests = this.#requestsOf(version);
    this.#versions.set(version, requests);
    return requests;
  }

  #requestsOf(version: string): Requests {
    const counter = (type: keyof Requests) =>
      this.#metrics.counter({
        name: "etcd_server_client_requests_total",
        help: "The total number of client requests per client version.",
        labels: { type, client_api_version: version },
      });
    return { unary: counter("unary"), stream: counter("stream") };
  }

  #declare({ path, kind }: { path: string; kind: keyof typeof grpcTypes }): void {
    const [, service = "", method = ""] = path.split("/");
    const { extensive } = this.#options;
    const isUnary = kind === "unary";
    this.#methods.set(path, {
      ...createGrpcMethodMetrics(this.#metrics, { service, method, type: grpcTypes[kind], extensive }),
      isUnary,
      lastMetadata: undefined,
      requests: this.#unversioned[isUnary ? "unary" : "stream"],
    });
  }
}

function bytesCounter(metrics: Metrics, direction: "received" | "sent"): Counter {
  const help = `The total number of bytes ${direction} on client gRPC connections.`;
  return metrics.counter({ name: `etcd_network_client_grpc_${direction}_bytes_total`, help });
}
