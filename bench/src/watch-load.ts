/**
 * Fan-out: one writer puts keys in turn, every watcher of a key must get each of its events. An operation is one event
 * at one watcher; its latency runs from the put's start. The writer stays a bounded number of puts ahead of the slowest
 * delivery, so the rate is what the server can deliver, and its queues stay short.
 */
import { WatchCreateRequest, WatchRequest } from "@etcd-ts/proto";
import type { LoadClient } from "./load-client.ts";
import type { Load } from "./loads.ts";
import type { Meter } from "./meter.ts";
import { keyOf, putRequest, valueOfSize } from "./requests.ts";
import { scanWatchResponse } from "./watch-scan.ts";

/** Events that may be under way at once. */
const eventsAheadMost = 8_000;
const path = "/etcdserverpb.Watch/Watch";

/** Watchers on streams, one stream a connection, and a writer; made by `startWatchLoad`. */
class FanOut {
  readonly #load: Load;
  readonly #meter: Meter;
  /** Start of every put of a key, in order: the n-th event of a watcher belongs to the n-th put. */
  readonly #putTimes: number[][];
  readonly #watchersPerKey: number;
  readonly #putsAheadMost: number;
  #created = 0;
  #puts = 0;
  #events = 0;
  #stopped = false;
  #allCreated: () => void = () => {};
  #cannotCreate: (reason: Error) => void = () => {};

  constructor(load: Load, meter: Meter) {
    this.#load = load;
    this.#meter = meter;
    this.#putTimes = Array.from({ length: load.keyCount }, () => []);
    this.#watchersPerKey = load.clients / load.keyCount;
    this.#putsAheadMost = Math.max(1, Math.floor(eventsAheadMost / this.#watchersPerKey));
  }

  async start(connections: readonly LoadClient[]): Promise<void> {
    const created = new Promise<void>((resolve, reject) => {
      this.#allCreated = resolve;
      this.#cannotCreate = reject;
    });
    for (const [index, connection] of connections.entries()) {
      this.#openStream(connection, { first: index, step: connections.length });
    }
    await created;
    this.#write(connections[0] as LoadClient);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Watchers `first`, `first + step`, …: on their stream they get the watch ids 0, 1, … */
  #openStream(connection: LoadClient, { first, step }: { first: number; step: number }): void {
    const keys: number[] = [];
    const seen: number[] = [];
    const stream = connection.bidi(path, {
      onMessage: (message) => {
        const { watchId, created, events } = scanWatchResponse(message);
        if (created && ++this.#created === this.#load.clients) this.#allCreated();
        for (let event = 0; event < events; event++) {
          const nth = seen[watchId] ?? 0;
          seen[watchId] = nth + 1;
          const startedMs = this.#putTimes[keys[watchId] ?? 0]?.[nth] ?? 0;
          this.#meter.record(performance.now() - startedMs);
        }
        this.#events += events;
        if (events > 0) this.#write(connection);
      },
      onEnd: (reason) => {
        if (this.#stopped) return;
        this.#meter.fail(`watch stream: ${reason}`);
        this.#cannotCreate(new Error(`watch stream: ${reason}`));
      },
    });
    for (let watcher = first; watcher < this.#load.clients; watcher += step) {
      const key = watcher % this.#load.keyCount;
      keys.push(key);
      stream.send(
        WatchRequest.encode(WatchRequest.create({ createRequest: WatchCreateRequest.create({ key: keyOf(key) }) })),
      );
    }
  }

  #write(connection: LoadClient): void {
    const value = valueOfSize(this.#load.valueBytes);
    while (!this.#stopped && this.#putsAhead() < this.#putsAheadMost) {
      const key = this.#puts++ % this.#load.keyCount;
      this.#putTimes[key]?.push(performance.now());
      connection.unary("/etcdserverpb.KV/Put", putRequest(keyOf(key), value), (error) => {
        if (error !== undefined && !this.#stopped) this.#meter.fail(error);
      });
    }
  }

  #putsAhead(): number {
    return this.#puts - this.#events / this.#watchersPerKey;
  }
}

/** Sets the watchers up and starts writing; the returned function stops it. */
export async function startWatchLoad(
  connections: readonly LoadClient[],
  { load, meter }: { load: Load; meter: Meter },
): Promise<() => void> {
  const fanOut = new FanOut(load, meter);
  await fanOut.start(connections);
  return () => fanOut.stop();
}
