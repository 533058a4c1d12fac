/**
 * Counts what passes the gRPC server, under etcd's names. The series of each method are declared up front; requests also count
 * by kind. Called in the hot path: a look-up and an addition each.
 */
import { services } from "@etcd-ts/proto";
import type { WireObserver } from "@etcd-ts/wire";
import { createGrpcMethodMetrics, type GrpcMethodMetrics, type GrpcType } from "./api/ops/index.ts";
import type { Counter, Metrics } from "./ports/index.ts";

const grpcTypes = {
  unary: "unary",
  clientStream: "client_stream",
  serverStream: "server_stream",
  bidi: "bidi_stream",
} as const satisfies Record<string, GrpcType>;

/** The observer of a running server. */
export class ServerMetrics implements WireObserver {
  readonly #methods = new Map<string, GrpcMethodMetrics & { readonly requests: Counter }>();
  readonly #receivedBytes: Counter;
  readonly #sentBytes: Counter;

  constructor(metrics: Metrics) {
    this.#receivedBytes = bytesCounter(metrics, "received");
    this.#sentBytes = bytesCounter(metrics, "sent");
    for (const methods of Object.values(services)) {
      for (const { path, kind } of Object.values(methods)) this.#declare(metrics, { path, kind });
    }
  }

  onCallStarted(path: string): void {
    const method = this.#methods.get(path);
    method?.started.inc();
    method?.requests.inc();
  }

  onCallHandled(path: string, code: number): void {
    this.#methods.get(path)?.handled(code, 0);
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

  #declare(metrics: Metrics, { path, kind }: { path: string; kind: keyof typeof grpcTypes }): void {
    const [, service = "", method = ""] = path.split("/");
    const series = createGrpcMethodMetrics(metrics, { service, method, type: grpcTypes[kind], extensive: false });
    const requests = metrics.counter({
      name: "etcd_server_client_requests_total",
      help: "The total number of client requests per client version.",
      labels: { type: kind === "unary" ? "unary" : "stream", client_api_version: "unknown" },
    });
    this.#methods.set(path, { ...series, requests });
  }
}

function bytesCounter(metrics: Metrics, direction: "received" | "sent"): Counter {
  const help = `The total number of bytes ${direction} on client gRPC connections.`;
  return metrics.counter({ name: `etcd_network_client_grpc_${direction}_bytes_total`, help });
}
