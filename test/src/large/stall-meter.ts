/**
 * Measures how long a server keeps others waiting: a loop of small puts and a heartbeat of small reads every few
 * milliseconds, each on a connection of its own. The delay of this process's own event loop is measured beside it, because
 * on a busy machine it is part of every figure.
 */
import { connect } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { PutRequest, RangeRequest } from "@etcd-ts/proto";
import { GrpcClient } from "@etcd-ts/wire";
import { NodeByteStream, NodeClock } from "@etcd-ts/wire/node";

/** Latencies of one kind of call, in milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What was measured while it ran. */
export interface StallFigures {
  readonly puts: Latencies;
  readonly heartbeats: Latencies;
  /** Longest delay of the measuring process itself. */
  readonly ownMaxMs: number;
}

const heartbeatMs = 5;
const clock = new NodeClock();

/** Runs from `start` to `stop`. */
export class StallMeter {
  readonly #puts: number[] = [];
  readonly #heartbeats: number[] = [];
  readonly #own = monitorEventLoopDelay({ resolution: 1 });
  #isStopped = false;
  readonly #loops: Promise<void>[] = [];

  start(endpoint: string): void {
    this.#own.enable();
    const put = PutRequest.encode(PutRequest.create({ key: bytes("~stall/put"), value: new Uint8Array(64) }));
    const get = RangeRequest.encode(RangeRequest.create({ key: bytes("~stall/put"), serializable: true }));
    this.#loops.push(this.#run(endpoint, { path: "/etcdserverpb.KV/Put", request: put, into: this.#puts, pauseMs: 1 }));
    const heartbeat = { path: "/etcdserverpb.KV/Range", request: get, into: this.#heartbeats, pauseMs: heartbeatMs };
    this.#loops.push(this.#run(endpoint, heartbeat));
  }

  async stop(): Promise<StallFigures> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
    this.#own.disable();
    const ownMaxMs = this.#own.max / 1e6;
    return { puts: latenciesOf(this.#puts), heartbeats: latenciesOf(this.#heartbeats), ownMaxMs };
  }

  async #run(
    endpoint: string,
    { path, request, into, pauseMs }: { path: string; request: Uint8Array; into: number[]; pauseMs: number },
  ): Promise<void> {
    const client = open(endpoint);
    while (!this.#isStopped) {
      const begun = performance.now();
      await call(client, path, request);
      into.push(performance.now() - begun);
      await sleep(pauseMs);
    }
    client.close();
  }
}

/** A plain client; the caller closes it. */
export function open(endpoint: string): GrpcClient {
  const [host = "", port = ""] = endpoint.split(":");
  const stream = new NodeByteStream(connect(Number(port), host));
  return new GrpcClient(stream, { clock, authority: endpoint });
}

/** Calls, and rejects with the server's text. */
export function call(client: GrpcClient, path: string, request: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    client.unary(path, request, {}, (result) => {
      if (result.ok) resolve(result.message);
      else reject(new Error(`${path}: ${result.code} ${result.message}`));
    });
  });
}

/** Text as bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function latenciesOf(samples: number[]): Latencies {
  const sorted = samples.sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { count: sorted.length, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
