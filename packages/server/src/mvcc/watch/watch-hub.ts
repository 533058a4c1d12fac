/**
 * Hands every event of the store to everybody who watches its key.
 *
 * `notify` tells of each write revision, in order and without a gap; `flush` sends what came together. An event is looked
 * up once, encoded once, and shared. Who cannot take events now lets a few wait, then falls behind and reads the history.
 *
 * Promises, for each watcher: every event of its range and filters from its start revision on, in order, each once, a
 * revision's events together; or else an explicit cancel with the compacted revision.
 */
import { assert } from "../../lib/assert.ts";
import { keyString } from "../../lib/key-string.ts";
import type { Clock, Counter, Logger, Metrics } from "../../ports/index.ts";
import type { StoredEvent } from "../stored-event.ts";
import { CatchUp } from "./catch-up.ts";
import { HeaderCache, type HeaderSource } from "./header-cache.ts";
import { HubStream } from "./hub-stream.ts";
import type { WatchSink } from "./outbox.ts";
import { RecentEvents } from "./recent-events.ts";
import { ResponseWriter } from "./response-writer.ts";
import { SharedEvent } from "./shared-event.ts";
import type { StreamParts } from "./stream-parts.ts";
import type { WatchHistory } from "./watch-history.ts";
import { registerWatchMetrics } from "./watch-metrics.ts";
import type { WatchStream } from "./watch-stream.ts";
import { type Watcher, watcherStates } from "./watcher.ts";
import { WatcherIndex } from "./watcher-index.ts";

/** Settings of a hub. */
export interface WatchHubOptions {
  /** Between periodic progress answers of an idle watcher. Default 10 minutes. */
  readonly progressIntervalMs?: number;
  /** Largest request; fragments are cut at 512 KiB more. Default 1.5 MiB. */
  readonly maxRequestBytes?: number;
  /** Answers with events of several revisions, and buffers for several answers, are filled up to this. Default 64 KiB. */
  readonly answerBytes?: number;
  /** Default 1,000,000. */
  readonly watchersPerStreamMax?: number;
  /** Events that wait for one watcher of a paused stream before it falls behind. Default 1,024. */
  readonly pendingPerWatcherMax?: number;
  /** The same for all watchers of a stream together. Default 65,536. */
  readonly pendingPerStreamMax?: number;
}

/** What a hub works with. */
export interface WatchHubParts {
  readonly history: WatchHistory;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly headers: HeaderSource;
  readonly options?: WatchHubOptions;
}

const GRPC_OVERHEAD_BYTES = 512 * 1024;
/** More waiting events than this leave before the batch is complete. */
const FLUSH_AT_EVENTS = 16_384;

/** All watches of a member. */
export class WatchHub {
  readonly #history: WatchHistory;
  readonly #log: Logger;
  readonly #synced = new WatcherIndex();
  readonly #catchUp: CatchUp;
  readonly #recent = new RecentEvents();
  readonly #streams = new Set<HubStream>();
  readonly #streamParts: StreamParts;
  readonly #pending = { count: 0 };
  /** Streams that got events since the last flush. */
  #touched = new Set<HubStream>();
  /** Last revision announced; events up to it are in the history. */
  #revision: number;

  constructor(parts: WatchHubParts) {
    this.#history = parts.history;
    this.#log = parts.log;
    this.#revision = parts.history.currentRevision;
    const { clock, history } = parts;
    const revision = (): number => this.#revision;
    this.#catchUp = new CatchUp({ clock, history, revision, synced: (watcher) => this.#sync(watcher) });
    const sentEvents = registerWatchMetrics(parts.metrics, {
      watchers: () => this.#synced.size + this.#catchUp.size,
      streams: () => this.#streams.size,
      slowWatchers: () => this.#catchUp.size,
      pendingEvents: () => this.#pending.count,
    });
    this.#streamParts = this.#partsOf(parts, sentEvents);
  }

  /** Last revision announced. */
  get revision(): number {
    return this.#revision;
  }

  /** Opens a stream of watches. */
  openStream(sink: WatchSink): WatchStream {
    const stream = new HubStream(sink, this.#streamParts);
    this.#streams.add(stream);
    return stream;
  }

  /** Tells of the next write revision, after the store applied it. `events` are all of it, in order. */
  notify(revision: number, events: readonly StoredEvent[]): void {
    assert(revision === this.#revision + 1, () => `revision ${revision} announced after ${this.#revision}`);
    this.#revision = revision;
    if (this.#synced.size === 0) return;
    for (const event of events) this.#offer(revision, event);
    if (this.#pending.count > FLUSH_AT_EVENTS) this.flush();
  }

  /** Sends what was announced since the last time. */
  flush(): void {
    if (this.#touched.size > 0) {
      const touched = this.#touched;
      this.#touched = new Set();
      for (const stream of touched) stream.drain();
    }
    if (this.#pending.count === 0) this.#recent.clear();
  }

  /**
   * The store was replaced by a snapshot, further ahead: everybody catches up from the new history, from where they were
   * (etcd-io/etcd#15271).
   */
  restored(): void {
    const before = this.#revision;
    assert(this.#history.currentRevision >= before, "a snapshot takes the store back");
    this.#revision = this.#history.currentRevision;
    for (const watcher of [...this.#synced.all()]) {
      const oldest = watcher.stream.dropPending(watcher);
      this.#synced.remove(watcher);
      this.#touched.add(watcher.stream);
      watcher.position = Math.max(watcher.position, oldest ?? before + 1);
      this.#admit(watcher);
    }
    this.flush();
  }

  /** Closes every stream. */
  close(): void {
    for (const stream of [...this.#streams]) stream.close();
    this.#catchUp.close();
  }

  #offer(revision: number, event: StoredEvent): void {
    let shared: SharedEvent | undefined;
    let full: Watcher[] | undefined;
    this.#synced.forEachOf(keyString(event.key), (watcher) => {
      if (!watcher.wants(revision, event.type)) return;
      const { stream } = watcher;
      shared ??= new SharedEvent(revision, event);
      if (watcher.prevKv) shared.loadPrev(event, this.#history);
      if (!stream.hasRoomFor(watcher)) {
        full ??= [];
        full.push(watcher);
      }
      stream.enqueue(watcher, shared);
      this.#touched.add(stream);
    });
    if (shared !== undefined) this.#recent.add(shared);
    if (full !== undefined) for (const watcher of full) this.#fallBehind(watcher);
  }

  #fallBehind(watcher: Watcher): void {
    const oldest = watcher.stream.dropPending(watcher);
    assert(oldest !== undefined, "a watcher falls behind with nothing waiting");
    this.#synced.remove(watcher);
    watcher.position = oldest;
    this.#log.debug("watcher falls behind", { "watch-id": watcher.id, revision: oldest });
    this.#admit(watcher);
  }

  #admit(watcher: Watcher): void {
    if (watcher.position > this.#revision) this.#sync(watcher);
    else if (watcher.position < this.#history.compactRevision) watcher.stream.endCompacted(watcher);
    else this.#catchUp.add(watcher);
  }

  #sync(watcher: Watcher): void {
    watcher.state = watcherStates.synced;
    this.#synced.add(watcher);
  }

  #remove(watcher: Watcher): void {
    if (watcher.state === watcherStates.lagging) this.#catchUp.remove(watcher);
    else this.#synced.remove(watcher);
  }

  #partsOf({ clock, history, headers, options = {} }: WatchHubParts, sentEvents: Counter): StreamParts {
    const { answerBytes = 64 * 1024 } = options;
    return {
      clock,
      history,
      headers: new HeaderCache(headers),
      writer: new ResponseWriter(answerBytes),
      sentEvents,
      pending: this.#pending,
      fragmentBytes: (options.maxRequestBytes ?? 1.5 * 1024 * 1024) + GRPC_OVERHEAD_BYTES,
      answerBytes,
      progressIntervalMs: options.progressIntervalMs ?? 600_000,
      watchersPerStreamMax: options.watchersPerStreamMax ?? 1_000_000,
      pendingPerWatcherMax: options.pendingPerWatcherMax ?? 1024,
      pendingPerStreamMax: options.pendingPerStreamMax ?? 65_536,
      revision: () => this.#revision,
      admit: (watcher) => this.#admit(watcher),
      remove: (watcher) => this.#remove(watcher),
      fallBehind: (watcher) => this.#fallBehind(watcher),
      wake: (stream) => this.#catchUp.wake(stream),
      closed: (stream) => this.#close(stream),
    };
  }

  #close(stream: HubStream): void {
    this.#streams.delete(stream);
    this.#touched.delete(stream);
  }
}
