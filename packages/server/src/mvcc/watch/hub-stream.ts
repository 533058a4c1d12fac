/**
 * One watch stream of a client: its watchers by id, the answers to its requests, and the queue of watchers that have
 * something to say.
 *
 * Answers leave in an order that keeps every promise: created before the first event, events of a watcher by revision,
 * progress only when every event up to its revision has left (etcd-io/etcd#15220). While the sink pauses, events wait with
 * their watchers, each for at most so many; a watcher that would need more falls behind and reads the history later.
 */
import { assert } from "../../lib/assert.ts";
import type { Timer } from "../../ports/index.ts";
import { deliver } from "./delivery.ts";
import { type KeyRange, keyRangeOf } from "./key-range.ts";
import { Outbox, type WatchSink } from "./outbox.ts";
import type { SharedEvent } from "./shared-event.ts";
import type { StreamParts } from "./stream-parts.ts";
import { type WatchRequest, type WatchStream, watchRefusals } from "./watch-stream.ts";
import { Watcher, watcherStates } from "./watcher.ts";

/** Watch id of answers that belong to no watcher. */
const NO_WATCH = -1;
const FILTER_NO_PUT = 0;
const FILTER_NO_DELETE = 1;

/** A stream as hub and catch-up see it. */
export class HubStream implements WatchStream {
  readonly #parts: StreamParts;
  readonly #outbox: Outbox;
  readonly #watchers = new Map<number, Watcher>();
  /** Watchers with pending events, each once, in the order they will be served. */
  #queue: Watcher[] = [];
  #nextId = 0;
  #progressWanted = false;
  #progressTimer: Timer | undefined;
  #closed = false;
  /** Watchers of this stream that read the history; the catch-up keeps it. */
  readonly lagging = new Set<Watcher>();
  /** What the catch-up still owes this stream, in bytes; negative: it got more than its share. */
  deficitBytes = 0;
  /** Events that wait for this stream. */
  pendingEvents = 0;

  constructor(sink: WatchSink, parts: StreamParts) {
    this.#parts = parts;
    this.#outbox = new Outbox(sink, parts.writer);
  }

  /** Whether events may be written now. */
  get ready(): boolean {
    return !this.#outbox.paused && !this.#closed;
  }

  get paused(): boolean {
    return this.#outbox.paused;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Bytes of events written since the last call. */
  takeSentBytes(): number {
    const bytes = this.#outbox.sentBytes;
    this.#outbox.sentBytes = 0;
    return bytes;
  }

  create(request: WatchRequest): void {
    if (this.#closed) return;
    const range = keyRangeOf(request.key, request.rangeEnd);
    const refusal = this.#refusalOf(request);
    if (range === undefined || refusal !== undefined) {
      this.refuse(refusal ?? watchRefusals.emptyRange);
      return;
    }
    const watcher = this.#createWatcher(request, range);
    this.#watchers.set(watcher.id, watcher);
    this.#outbox.control({ header: this.#header(), watchId: watcher.id, created: true });
    this.#parts.admit(watcher);
    if (watcher.progressNotify) this.#startProgressTimer();
  }

  refuse(cancelReason: string): void {
    if (this.#closed) return;
    this.#outbox.control({ header: this.#header(), watchId: NO_WATCH, created: true, canceled: true, cancelReason });
  }

  cancel(watchId: number): void {
    const watcher = this.#watchers.get(watchId);
    if (watcher === undefined) return;
    this.#watchers.delete(watchId);
    this.#drop(watcher);
    this.#outbox.control({ header: this.#header(), watchId, canceled: true });
    this.answerProgress();
  }

  progress(): void {
    if (this.#closed) return;
    this.#progressWanted = true;
    this.answerProgress();
  }

  writable(): void {
    if (this.#closed) return;
    this.#outbox.paused = false;
    this.drain();
    if (this.ready) this.#parts.wake(this);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#progressTimer?.cancel();
    for (const watcher of this.#watchers.values()) this.#drop(watcher);
    this.#watchers.clear();
    this.#queue = [];
    this.#parts.closed(this);
  }

  /** Tells the client that a watcher's past is compacted. Its id stays taken until it is cancelled. */
  endCompacted(watcher: Watcher): void {
    watcher.state = watcherStates.ended;
    const { compactRevision } = this.#parts.history;
    this.#outbox.control({ header: this.#parts.headers.at(0), watchId: watcher.id, canceled: true, compactRevision });
  }

  /** Whether one more event can wait for a watcher. Without a pause, it will leave at once. */
  hasRoomFor(watcher: Watcher): boolean {
    const { pendingPerWatcherMax, pendingPerStreamMax } = this.#parts;
    return this.ready || (watcher.pending.length < pendingPerWatcherMax && this.pendingEvents < pendingPerStreamMax);
  }

  /** Lets an event wait for a watcher of this stream; `drain` sends it. */
  enqueue(watcher: Watcher, event: SharedEvent): void {
    watcher.pending.push(event);
    this.pendingEvents++;
    this.#parts.pending.count++;
    if (watcher.queued) return;
    watcher.queued = true;
    this.#queue.push(watcher);
  }

  /** Forgets what waits for a watcher; returns the oldest revision among it. */
  dropPending(watcher: Watcher): number | undefined {
    const oldest = watcher.pending[0]?.revision;
    this.#settle(watcher.pending.length);
    watcher.pending = [];
    return oldest;
  }

  /** Sends what waits, one answer a watcher in turn, until all has left or the sink pauses. */
  drain(): void {
    let at = 0;
    for (; at < this.#queue.length && this.ready; at++) {
      const watcher = this.#queue[at]!;
      if (watcher.pending.length > 0) this.#deliver(watcher);
      if (watcher.pending.length > 0) this.#queue.push(watcher);
      else watcher.queued = false;
    }
    this.#outbox.emit();
    this.#queue = at === this.#queue.length ? [] : this.#queue.slice(at);
    this.answerProgress();
  }

  /** Sends a wanted progress answer if nothing is under way before it. */
  answerProgress(): void {
    if (!this.#progressWanted || this.pendingEvents > 0 || this.lagging.size > 0) return;
    this.#progressWanted = false;
    this.#outbox.control({ header: this.#header(), watchId: NO_WATCH });
  }

  #deliver(watcher: Watcher): void {
    if (watcher.pending[0]!.evicted) {
      this.#parts.fallBehind(watcher);
      return;
    }
    const count = deliver(watcher, this.#outbox, this.#parts);
    watcher.busy = true;
    this.#settle(count);
    this.#parts.sentEvents.inc(count);
  }

  #refusalOf({ startRevision, watchId }: WatchRequest): string | undefined {
    if (startRevision < 0) return watchRefusals.negativeStart;
    if (this.#watchers.size >= this.#parts.watchersPerStreamMax) return watchRefusals.tooManyWatchers;
    return watchId !== 0 && this.#watchers.has(watchId) ? watchRefusals.duplicateId : undefined;
  }

  #createWatcher(request: WatchRequest, range: KeyRange): Watcher {
    return new Watcher({
      stream: this,
      id: request.watchId === 0 ? this.#chooseId() : request.watchId,
      range,
      position: request.startRevision === 0 ? this.#parts.revision() + 1 : request.startRevision,
      noPut: request.filters.includes(FILTER_NO_PUT),
      noDelete: request.filters.includes(FILTER_NO_DELETE),
      prevKv: request.prevKv,
      fragment: request.fragment,
      progressNotify: request.progressNotify,
    });
  }

  #chooseId(): number {
    while (this.#watchers.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  #drop(watcher: Watcher): void {
    this.dropPending(watcher);
    if (watcher.state !== watcherStates.ended) this.#parts.remove(watcher);
    watcher.state = watcherStates.ended;
  }

  #settle(count: number): void {
    this.pendingEvents -= count;
    this.#parts.pending.count -= count;
    assert(this.pendingEvents >= 0, "more events left than waited");
  }

  #header(): ReturnType<StreamParts["headers"]["at"]> {
    return this.#parts.headers.at(this.#parts.revision());
  }

  #startProgressTimer(): void {
    const { clock, progressIntervalMs } = this.#parts;
    this.#progressTimer ??= clock.setTimer(progressIntervalMs, () => {
      this.#progressTimer = undefined;
      this.#progressTick();
    });
  }

  #progressTick(): void {
    let wanted = false;
    for (const watcher of this.#watchers.values()) {
      if (!watcher.progressNotify) continue;
      wanted = true;
      if (this.#isIdle(watcher)) this.#outbox.control({ header: this.#header(), watchId: watcher.id });
      watcher.busy = false;
    }
    if (wanted) this.#startProgressTimer();
  }

  #isIdle(watcher: Watcher): boolean {
    const synced = watcher.state === watcherStates.synced && watcher.pending.length === 0;
    return synced && this.ready && !watcher.busy && watcher.position <= this.#parts.revision() + 1;
  }
}
