/**
 * A hub over a naive history, and clients that keep what they were sent, decoded and in short: the header as its revision,
 * defaults left out.
 */
import { WatchResponse } from "@etcd-ts/proto";
import { silentLogger } from "../../../ports/index.ts";
import { FakeClock, RecordedMetrics } from "../../../testing/index.ts";
import { eventTypes } from "../../stored-event.ts";
import { WatchHub, type WatchHubOptions, type WatchRequest, type WatchSink, type WatchStream } from "../index.ts";
import { messagesOf } from "../response-writer.ts";
import { type Change, NaiveHistory } from "./naive-history.ts";

/** A change as text: `a=1` puts, `-a` deletes. */
export function changeOf(text: string): Change {
  if (text.startsWith("-")) return { type: eventTypes.delete, key: text.slice(1) };
  const [key = "", value = ""] = text.split("=");
  return { type: eventTypes.put, key, value };
}

/** A client of one stream. While `room` is 0 its sink pauses; each message uses one up. */
export class WatchClient implements WatchSink {
  readonly stream: WatchStream;
  readonly framed: boolean;
  room = Number.POSITIVE_INFINITY;
  #received: WatchResponse[] = [];

  constructor(hub: WatchHub, { framed }: { framed: boolean }) {
    this.framed = framed;
    const sink: WatchSink = { send: (message) => this.send(message) };
    if (framed) sink.sendFramed = (frames) => this.sendFramed(frames);
    this.stream = hub.openStream(sink);
  }

  send(message: Uint8Array): boolean {
    this.#received.push(WatchResponse.decode(message));
    this.room = Math.max(0, this.room - 1);
    return this.room > 0;
  }

  sendFramed(frames: Uint8Array): boolean {
    for (const message of messagesOf(frames)) this.send(message);
    return this.room > 0;
  }

  /** Takes messages again. */
  resume(room: number): void {
    this.room = room;
    this.stream.writable();
  }

  create(key: string, options: Partial<Omit<WatchRequest, "key" | "rangeEnd">> & { rangeEnd?: string } = {}): void {
    this.stream.create({
      startRevision: 0,
      progressNotify: false,
      filters: [],
      prevKv: false,
      watchId: 0,
      fragment: false,
      ...options,
      key: new TextEncoder().encode(key),
      rangeEnd: new TextEncoder().encode(options.rangeEnd ?? ""),
    });
  }

  /** Messages since the last call. */
  take(): WatchResponse[] {
    const received = this.#received;
    this.#received = [];
    return received;
  }

  /** The same in short. */
  seen(): object[] {
    return this.take().map(inShort);
  }
}

/** Everything that differs from its default; events as `2:a=1`, `3:-a`, and behind a `<` the previous value. */
export function inShort(message: WatchResponse): object {
  const { header, events, ...fields } = message;
  const set = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== false && value !== 0 && value !== ""),
  );
  const short = events.map((event) => {
    const text = new TextDecoder();
    const { kv, prevKv, type } = event;
    const key = text.decode(kv!.key);
    const change = type === eventTypes.delete ? `-${key}` : `${key}=${text.decode(kv!.value)}`;
    return `${kv!.modRevision}:${change}${prevKv === undefined ? "" : `<${text.decode(prevKv.value)}`}`;
  });
  return { rev: header?.revision, ...set, ...(short.length > 0 ? { events: short } : {}) };
}

/** A store with a hub. */
export class WatchFixture {
  readonly clock = new FakeClock();
  readonly metrics = new RecordedMetrics();
  readonly history: NaiveHistory;
  readonly hub: WatchHub;
  term = 2;

  constructor({ sliceEvents, ...options }: WatchHubOptions & { sliceEvents?: number } = {}) {
    this.history = new NaiveHistory(sliceEvents === undefined ? {} : { sliceEvents });
    this.hub = new WatchHub({
      history: this.history,
      clock: this.clock,
      log: silentLogger,
      metrics: this.metrics,
      headers: { at: (revision) => ({ clusterId: 1n, memberId: 2n ** 64n - 1n, revision, raftTerm: this.term }) },
      options,
    });
  }

  client({ framed = true }: { framed?: boolean } = {}): WatchClient {
    return new WatchClient(this.hub, { framed });
  }

  /** Writes one revision, announced but not flushed. */
  announce(...changes: string[]): void {
    const written = this.history.write(changes.map(changeOf));
    if (written !== undefined) this.hub.notify(written.revision, written.events);
  }

  /** Writes one revision as its own batch. */
  write(...changes: string[]): void {
    this.announce(...changes);
    this.hub.flush();
  }
}
