/**
 * A client that watches: it opens its watch on every life of the machine, goes on where it was told it may, and writes
 * down everything. A slow one takes an answer, then none for a while.
 */
import { type mvccpb, services, WatchCreateRequest, WatchRequest, type WatchResponse } from "@etcd-ts/proto";
import { spanOf, textOf } from "./build-request.ts";
import type { Kv, SeenEvent, WatchLog } from "./history.ts";
import type { LocalStream } from "./local-calls.ts";
import type { Life } from "./machine.ts";
import type { WatchSpec } from "./step.ts";
import type { World } from "./world.ts";

const pauseMs = 40;
/** After so long it opens a watch again that was refused: learners serve none. */
const retryMs = 200;

/** What a watching client is made of. */
export interface WatchClientParts {
  readonly world: World;
  readonly spec: WatchSpec;
  readonly log: WatchLog;
  /** First revision wanted; 0: from now on. */
  readonly from: number;
  /** Told of each revision that was seen. */
  onRevision(revision: number): void;
}

/** The client. */
export class WatchClient {
  readonly #parts: WatchClientParts;
  #stream: LocalStream<WatchRequest> | undefined;
  #life: Life | undefined;
  /** Numbers the streams: what an earlier one still tells, progress without any watch, is not about this watch. */
  #opened = 0;
  #next: number;
  #taken = 0;

  constructor(parts: WatchClientParts) {
    this.#parts = parts;
    this.#next = parts.from;
  }

  /** First revision not seen yet. */
  get next(): number {
    return this.#next;
  }

  /** Opens the watch on a life that serves. */
  open(life: Life): void {
    const { spec } = this.#parts;
    this.#life = life;
    this.#taken = 0;
    const opened = ++this.#opened;
    life.clock.enter(() => {
      const stream = life.calls.open(services.Watch.Watch, {
        message: (response) => this.#life !== life || this.#opened !== opened || this.#receive(response, life),
        end: () => this.#opened === opened && this.#openLater(life, retryMs),
      });
      this.#stream = stream;
      const { prevKv, progressNotify } = spec;
      const wanted = { startRevision: this.#next, filters: [...spec.filters], prevKv, progressNotify };
      stream.send(WatchRequest.create({ createRequest: WatchCreateRequest.create({ ...spanOf(spec), ...wanted }) }));
    });
  }

  /** Begins anew, if it serves, no later than behind a revision: what it was told beyond is not there any more. */
  rewind(revision: number): void {
    this.#next = Math.min(this.#next, revision + 1);
    if (this.#life !== undefined) this.open(this.#life);
  }

  /** The life it was connected to is over. */
  drop(): void {
    this.#life = undefined;
    this.#stream = undefined;
  }

  /** Asks how far the watch is. */
  askProgress(): void {
    const stream = this.#stream;
    this.#life?.clock.enter(() => stream?.send(WatchRequest.create({ progressRequest: {} })));
  }

  #openLater(life: Life, delayMs: number): void {
    this.#parts.world.clock.setTimer(delayMs, () => {
      if (this.#life === life) this.open(life);
    });
  }

  /** Answers whether it takes more. */
  #receive(response: WatchResponse, life: Life): boolean {
    if (life.clock.dead) return true;
    const { log, world } = this.#parts;
    const at = world.nextSequence();
    const revision = response.header?.revision ?? 0;
    if (response.canceled && response.created) this.drop();
    else if (response.canceled) {
      log.told.push({ kind: "compacted", at, revision: response.compactRevision });
      this.#next = response.compactRevision;
      this.#opened++;
      this.#openLater(life, 1);
    } else if (response.created) {
      if (this.#next === 0) this.#next = revision + 1;
      log.told.push({ kind: "created", at, revision, life: life.number, from: this.#next });
    } else if (response.events.length > 0) this.#events(response.events, at);
    else {
      log.told.push({ kind: "progress", at, revision });
      this.#next = Math.max(this.#next, revision + 1);
      this.#parts.onRevision(revision);
    }
    return this.#takesMore(life);
  }

  #events(raw: readonly mvccpb.Event[], at: number): void {
    const events = raw.map(eventOf);
    const revision = events[events.length - 1]!.revision;
    const ms = this.#parts.world.clock.nowMs();
    this.#parts.log.told.push({ kind: "events", at, ms, revision, events });
    this.#next = revision + 1;
    this.#parts.onRevision(revision);
  }

  #takesMore(life: Life): boolean {
    const { spec, world } = this.#parts;
    if (spec.slow === 0 || ++this.#taken % spec.slow !== 0) return true;
    const stream = this.#stream;
    world.clock.setTimer(pauseMs, () => {
      if (this.#life === life) life.clock.enter(() => stream?.writable());
    });
    return false;
  }
}

/** An event with texts instead of bytes. */
export function eventOf({ type, kv, prevKv }: mvccpb.Event): SeenEvent {
  const key = textOf(kv!.key);
  return {
    revision: kv!.modRevision,
    key,
    kv: type === 1 ? undefined : kvOf(kv!),
    prevKv: prevKv === undefined ? undefined : kvOf(prevKv),
  };
}

/** A key-value with texts instead of bytes. */
export function kvOf({ key, value, createRevision, modRevision, version, lease }: mvccpb.KeyValue): Kv {
  return { key: textOf(key), value: textOf(value), createRevision, modRevision, version, lease };
}
