/**
 * gRPC's own counters, as every Go gRPC server of etcd exports them: started, handled by code, messages in and out, per
 * method; with `--metrics extensive` also the time each call took. Every series exists from the start, at zero, so that
 * the first error is already a rate.
 */
import { grpcCodeNames } from "@etcd-ts/proto";
import type { Counter, Histogram, Metrics } from "../../ports/index.ts";

/** How a method sends, in the words of the label `grpc_type`. */
export type GrpcType = "unary" | "client_stream" | "server_stream" | "bidi_stream";

/** Counts of one method; the caller keeps it, so that counting needs no look-up. */
export interface GrpcMethodMetrics {
  readonly started: Counter;
  readonly received: Counter;
  readonly sent: Counter;
  /** A call has ended with this gRPC code after `durationSeconds`. */
  handled(code: number, durationSeconds: number): void;
}

/** Prometheus' default buckets, which Go's library uses. */
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Declares the series of one method. `service` is the full name: `etcdserverpb.KV`. */
export function createGrpcMethodMetrics(
  metrics: Metrics,
  options: { service: string; method: string; type: GrpcType; extensive: boolean },
): GrpcMethodMetrics {
  const labels = { grpc_type: options.type, grpc_service: options.service, grpc_method: options.method };
  const counter = (name: string, help: string) => metrics.counter({ name: `grpc_server_${name}_total`, help, labels });
  const handled = grpcCodeNames.map((grpc_code) =>
    metrics.counter({
      name: "grpc_server_handled_total",
      help: "Total number of RPCs completed on the server, regardless of success or failure.",
      labels: { ...labels, grpc_code },
    }),
  );
  const seconds = options.extensive ? handlingSeconds(metrics, labels) : undefined;
  return {
    started: counter("started", "Total number of RPCs started on the server."),
    received: counter("msg_received", "Total number of RPC stream messages received on the server."),
    sent: counter("msg_sent", "Total number of gRPC stream messages sent by the server."),
    handled(code, durationSeconds) {
      (handled[code] ?? handled[2]!).inc();
      seconds?.observe(durationSeconds);
    },
  };
}

function handlingSeconds(metrics: Metrics, labels: Readonly<Record<string, string>>): Histogram {
  return metrics.histogram({
    name: "grpc_server_handling_seconds",
    help: "Histogram of response latency (seconds) of gRPC that had been application-level handled by the server.",
    labels,
    buckets: secondsBuckets,
  });
}
