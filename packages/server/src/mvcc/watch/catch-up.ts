/**
 * Brings watchers that are behind up to date from the history, in bounded slices between other work.
 *
 * A slice is read where one watcher stands and serves every watcher that stands inside it, so that a thousand watchers
 * that resume together cost one reading. Turns go round the streams, and round the watchers of each; a stream that was sent
 * more than its share in slices of others waits for its turn to come again (deficit round robin), so that no stream and
 * no watcher starves another (etcd-io/etcd#15402, #17529). A watcher whose place was compacted is told so, never skipped.
 */
import { keyString } from "../../lib/key-string.ts";
import type { Clock, Timer } from "../../ports/index.ts";
import type { RevisionEvents, StoredEvent } from "../stored-event.ts";
import type { HubStream } from "./hub-stream.ts";
import { SharedEvent } from "./shared-event.ts";
import type { WatchHistory } from "./watch-history.ts";
import { type Watcher, watcherStates } from "./watcher.ts";
import { WatcherIndex } from "./watcher-index.ts";

/** Events read in one slice. */
const SLICE_EVENTS = 512;
/** Events read before other work gets a turn. */
const RUN_EVENTS = 4096;
/** What a stream may be sent in one round. */
const QUANTUM_BYTES = 256 * 1024;

/** What the catch-up has from its hub. */
export interface CatchUpParts {
  readonly clock: Clock;
  readonly history: WatchHistory;
  /** Last revision whose events were announced. */
  revision(): number;
  /** Takes a watcher that has caught up. */
  synced(watcher: Watcher): void;
}

/** The watchers that are behind. */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #index = new WatcherIndex();
  /** Streams with watchers that are behind and a sink that takes events, in the order of their turns. */
  readonly #turns = new Set<HubStream>();
  #timer: Timer | undefined;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** Watchers that are behind. */
  get size(): number {
    return this.#index.size;
  }

  /** Takes a watcher whose position is not in the future. */
  add(watcher: Watcher): void {
    watcher.state = watcherStates.lagging;
    this.#index.add(watcher);
    watcher.stream.lagging.add(watcher);
    this.wake(watcher.stream);
  }

  /** Forgets a watcher that is cancelled. */
  remove(watcher: Watcher): void {
    this.#index.remove(watcher);
    watcher.stream.lagging.delete(watcher);
  }

  /** A stream takes events again, or has another watcher behind. */
  wake(stream: HubStream): void {
    if (stream.lagging.size === 0 || !stream.ready) return;
    this.#turns.add(stream);
    this.#schedule();
  }

  /** Stops; nothing is delivered any more. */
  close(): void {
    this.#timer?.cancel();
    this.#turns.clear();
  }

  #schedule(): void {
    this.#timer ??= this.#parts.clock.setTimer(0, () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  #run(): void {
    for (let read = 0; read < RUN_EVENTS && this.#turns.size > 0; ) read += this.#turn();
    if (this.#turns.size > 0) this.#schedule();
  }

  /** One turn of one stream; returns what it cost, in events. */
  #turn(): number {
    const [stream] = this.#turns;
    this.#turns.delete(stream!);
    const [watcher] = stream!.lagging;
    if (watcher === undefined || !stream!.ready) return 1;
    stream!.deficitBytes = Math.min(stream!.deficitBytes + QUANTUM_BYTES, QUANTUM_BYTES);
    const cost = stream!.deficitBytes > 0 ? this.#serve(watcher) : 1;
    if (stream!.lagging.size > 0 && stream!.ready) this.#turns.add(stream!);
    return cost;
  }

  #serve(watcher: Watcher): number {
    const { history } = this.#parts;
    // The next turn of this stream goes to its next watcher.
    watcher.stream.lagging.delete(watcher);
    watcher.stream.lagging.add(watcher);
    if (watcher.position < history.compactRevision) {
      this.remove(watcher);
      watcher.stream.endCompacted(watcher);
      watcher.stream.answerProgress();
      return 1;
    }
    const batches = history.history(watcher.position, this.#parts.revision(), SLICE_EVENTS);
    return this.#deliver(watcher.position, batches);
  }

  #deliver(from: number, batches: readonly RevisionEvents[]): number {
    const through = batches.at(-1)?.revision ?? this.#parts.revision();
    const cohort = this.#cohort(from, through);
    let cost = 1;
    for (const batch of batches) {
      for (const event of batch.events) this.#offer(batch.revision, event, { from });
      cost += batch.events.length;
    }
    for (const stream of new Set(cohort.map((watcher) => watcher.stream))) {
      stream.takeSentBytes();
      stream.drain();
      stream.deficitBytes -= stream.takeSentBytes();
    }
    for (const watcher of cohort) this.#advance(watcher, through + 1);
    for (const watcher of cohort) watcher.stream.answerProgress();
    return cost;
  }

  /** Watchers that this slice brings forward without a gap. */
  #cohort(from: number, through: number): Watcher[] {
    const cohort: Watcher[] = [];
    for (const watcher of this.#index.all()) {
      if (watcher.position >= from && watcher.position <= through && watcher.stream.ready) cohort.push(watcher);
    }
    return cohort;
  }

  #offer(revision: number, event: StoredEvent, { from }: { from: number }): void {
    let shared: SharedEvent | undefined;
    this.#index.forEachOf(keyString(event.key), (watcher) => {
      if (watcher.position < from || !watcher.stream.ready || !watcher.wants(revision, event.type)) return;
      shared ??= new SharedEvent(revision, event);
      if (watcher.prevKv) shared.loadPrev(event, this.#parts.history);
      watcher.stream.enqueue(watcher, shared);
    });
  }

  /** Notes how far a watcher got: behind the slice, or to the first event that the sink had no room for. */
  #advance(watcher: Watcher, next: number): void {
    if (watcher.state !== watcherStates.lagging) return;
    watcher.position = watcher.stream.dropPending(watcher) ?? next;
    if (watcher.position <= this.#parts.revision()) return;
    this.remove(watcher);
    this.#parts.synced(watcher);
  }
}
