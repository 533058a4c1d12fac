/**
 * A client that watches through everything: it opens its watch on some member that lives, goes on where it was told it may when that
 * one is gone, and writes down what it was told.
 */
import { WatchCreateRequest, WatchRequest, type WatchResponse } from "@etcd-ts/proto";
import { eventOf, spanOf, type WatchLog } from "../sim/index.ts";
import { type Recorder, type Seat, watchMethod } from "./recorder.ts";

const againMs = 50;
/** A watch that was told nothing for so long is opened on another member: it may be cut off without knowing. */
const silentMs = 2_000;

/** What a watcher is made of. */
export interface WatcherParts {
  readonly recorder: Recorder;
  readonly log: WatchLog;
  /** A member to watch on; undefined: none lives. */
  pick(): Seat | undefined;
}

/** The watcher; it begins with revision 1. */
export class Watcher {
  readonly #parts: WatcherParts;
  #next = 1;
  #stream: { cancel(): void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    this.#open();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stream?.cancel();
  }

  #open(): void {
    const seat = this.#parts.pick();
    if (seat === undefined) return this.#openAgain(againMs);
    const stream = seat.open(watchMethod);
    this.#stream = stream;
    const mine = (run: (response: WatchResponse) => void) => (response: WatchResponse) => {
      if (this.#stream === stream) run(response);
    };
    stream.on(
      "data",
      mine((response) => this.#take(response, seat)),
    );
    for (const end of ["error", "end"])
      stream.on(
        end,
        mine(() => this.#openAgain(againMs)),
      );
    stream.write(WatchRequest.create({ createRequest: this.#wanted() }));
    this.#openAgain(silentMs);
  }

  #wanted(): WatchCreateRequest {
    const { log } = this.#parts;
    return WatchCreateRequest.create({ ...spanOf(log), startRevision: this.#next, prevKv: log.prevKv });
  }

  /** Opens the watch anew after a while, unless something is told before. */
  #openAgain(afterMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      const old = this.#stream;
      this.#stream = undefined;
      old?.cancel();
      this.#open();
    }, afterMs);
  }

  #take(response: WatchResponse, seat: Seat): void {
    this.#openAgain(silentMs);
    const { recorder, log } = this.#parts;
    const at = recorder.nextSequence();
    const revision = response.header?.revision ?? 0;
    if (response.canceled) this.#ended(response.compactRevision, at);
    else if (response.created) log.told.push({ kind: "created", at, revision, life: seat.life, from: this.#next });
    else if (response.events.length > 0) {
      const events = response.events.map(eventOf);
      const last = events[events.length - 1]!.revision;
      log.told.push({ kind: "events", at, ms: performance.now(), revision: last, events });
      this.#next = last + 1;
      recorder.saw(last);
      if (log === recorder.history.observer) recorder.observed = Math.max(recorder.observed, last);
    }
  }

  #ended(compactRevision: number, at: number): void {
    if (compactRevision > 0) this.#parts.log.told.push({ kind: "compacted", at, revision: compactRevision });
    this.#next = Math.max(this.#next, compactRevision);
    this.#openAgain(againMs);
  }
}
