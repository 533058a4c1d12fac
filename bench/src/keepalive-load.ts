/**
 * Leases that are kept alive as fast as the server answers: one stream a connection, each lease sends its next
 * keep-alive when the last was answered. A server answers a stream's keep-alives in order, so the oldest is meant.
 */
import { LeaseGrantRequest, LeaseKeepAliveRequest } from "@etcd-ts/proto";
import type { LoadClient } from "./load-client.ts";
import type { Meter } from "./meter.ts";

const ttlSeconds = 600;

interface UnderWay {
  readonly request: Uint8Array;
  readonly startedMs: number;
}

/** Grants the leases and starts; the returned function stops it. */
export async function startKeepAlives(
  connections: readonly LoadClient[],
  { clients, meter }: { clients: number; meter: Meter },
): Promise<() => void> {
  const leases = Array.from({ length: clients }, (_, index) => BigInt(index + 1));
  await Promise.all(leases.map((id, index) => grant(connections[index % connections.length] as LoadClient, id)));
  let stopped = false;
  for (const [index, connection] of connections.entries()) {
    const underWay: UnderWay[] = [];
    const stream = connection.bidi("/etcdserverpb.Lease/LeaseKeepAlive", {
      onMessage: () => {
        const oldest = underWay.shift();
        if (oldest === undefined || stopped) return;
        meter.record(performance.now() - oldest.startedMs);
        send(oldest.request);
      },
      onEnd: (reason) => {
        if (!stopped) meter.fail(`keep-alive stream: ${reason}`);
      },
    });
    const send = (request: Uint8Array): void => {
      underWay.push({ request, startedMs: performance.now() });
      stream.send(request);
    };
    for (let lease = index; lease < clients; lease += connections.length) {
      send(LeaseKeepAliveRequest.encode(LeaseKeepAliveRequest.create({ id: BigInt(lease + 1) })));
    }
  }
  return () => {
    stopped = true;
  };
}

/** A lease of an earlier round is as good as a new one. */
function grant(connection: LoadClient, id: bigint): Promise<void> {
  const request = LeaseGrantRequest.encode(LeaseGrantRequest.create({ id, ttl: ttlSeconds }));
  return new Promise((resolve, reject) => {
    connection.unary("/etcdserverpb.Lease/LeaseGrant", request, (error) => {
      if (error === undefined || error.includes("lease already exists")) resolve();
      else reject(new Error(error));
    });
  });
}
