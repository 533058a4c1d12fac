/**
 * Clients that call, wait for the answer and call again: the closed loop of etcd's own load tool. The k-th client uses
 * connection k modulo their number.
 */
import type { LoadClient } from "./load-client.ts";
import type { Meter } from "./meter.ts";
import { type Call, keyOf, putRequest, valueOfSize } from "./requests.ts";

/** Coprime to every power of ten, so that its multiples visit all keys once, in an order that no index likes. */
const keyStride = 611_953;

/** Keeps `clients` calls under way until the returned function is called. */
export function startCalls(
  connections: readonly LoadClient[],
  options: { clients: number; next: () => Call; meter: Meter },
): () => void {
  const { clients, next, meter } = options;
  let stopped = false;
  for (let index = 0; index < clients; index++) {
    const connection = connections[index % connections.length] as LoadClient;
    let startedMs = 0;
    const answered = (error: string | undefined): void => {
      if (stopped) return;
      if (error === undefined) meter.record(performance.now() - startedMs);
      else meter.fail(error);
      if (error === undefined) issue();
    };
    const issue = (): void => {
      const { path, request } = next();
      startedMs = performance.now();
      connection.unary(path, request, answered);
    };
    issue();
  }
  return () => {
    stopped = true;
  };
}

/** Puts keys 0 to `keyCount - 1`, each once, and settles when all are answered; the meter sees every put. */
export function fillKeys(
  connections: readonly LoadClient[],
  options: { clients: number; keyCount: number; valueBytes: number; meter: Meter },
): Promise<void> {
  const { clients, keyCount, valueBytes, meter } = options;
  const value = valueOfSize(valueBytes);
  let [begun, ended] = [0, 0];
  return new Promise((resolve, reject) => {
    const issue = (connection: LoadClient): void => {
      if (begun === keyCount) return;
      const key = keyOf((begun++ * keyStride) % keyCount);
      const startedMs = performance.now();
      connection.unary("/etcdserverpb.KV/Put", putRequest(key, value), (error) => {
        if (error !== undefined) return reject(new Error(error));
        meter.record(performance.now() - startedMs);
        if (++ended === keyCount) return resolve();
        issue(connection);
      });
    };
    for (let index = 0; index < clients; index++) issue(connections[index % connections.length] as LoadClient);
  });
}
