/**
 * An event on its way to watchers, encoded once for each of its two shapes (with and without the previous value) and
 * shared by all who get it. The bytes are those of the field `events` of a WatchResponse, tag and length included:
 *
 *   5a len { 08 01 (only of a deletion) | 12 len kv | 1a len prev_kv }
 */
import { assert } from "../../lib/assert.ts";
import { type EventType, eventTypes, type StoredEvent } from "../stored-event.ts";
import type { WatchHistory } from "./watch-history.ts";

const TAG_EVENTS = 0x5a;
const TAG_TYPE = 0x08;
const TAG_KV = 0x12;
const TAG_PREV_KV = 0x1a;

const NO_BYTES = new Uint8Array(0);

/** One event of one revision. */
export class SharedEvent {
  readonly revision: number;
  readonly type: EventType;
  #kv: Uint8Array;
  /** `null`: looked up, and there is none. */
  #prevKv: Uint8Array | null | undefined;
  #plain: Uint8Array | undefined;
  #withPrev: Uint8Array | undefined;
  #evicted = false;

  constructor(revision: number, event: StoredEvent) {
    this.revision = revision;
    this.type = event.type;
    this.#kv = event.kvRaw;
  }

  /** Its bytes were dropped: who still waits for it must read the history. */
  get evicted(): boolean {
    return this.#evicted;
  }

  /** Bytes that waiting for it costs, about. */
  get sizeBytes(): number {
    return this.#kv.length + (this.#prevKv?.length ?? 0);
  }

  /** Fetches the previous value, now: a compaction may remove it later. */
  loadPrev(event: StoredEvent, history: WatchHistory): void {
    if (this.#prevKv !== undefined) return;
    // A key that was created by this event has no previous value, whatever was there before its deletion.
    const created = event.type === eventTypes.put && event.createRevision === event.modRevision;
    this.#prevKv = (created ? undefined : history.prevKv(event.key, event.modRevision)) ?? null;
  }

  /** The encoded field; with the previous value only after `loadPrev`. */
  field(withPrev: boolean): Uint8Array {
    assert(!this.#evicted, "the event was dropped");
    if (!withPrev || this.#prevKv === null) {
      this.#plain ??= encodeField(this.type, this.#kv, undefined);
      return this.#plain;
    }
    assert(this.#prevKv !== undefined, "the previous value was not looked up");
    this.#withPrev ??= encodeField(this.type, this.#kv, this.#prevKv);
    return this.#withPrev;
  }

  /** Drops the bytes. */
  evict(): void {
    this.#evicted = true;
    this.#kv = NO_BYTES;
    this.#prevKv = undefined;
    this.#plain = undefined;
    this.#withPrev = undefined;
  }
}

function encodeField(type: EventType, kv: Uint8Array, prevKv: Uint8Array | undefined): Uint8Array {
  const typeBytes = type === eventTypes.put ? 0 : 2;
  const prevBytes = prevKv === undefined ? 0 : 1 + varintSize(prevKv.length) + prevKv.length;
  const size = typeBytes + 1 + varintSize(kv.length) + kv.length + prevBytes;
  const bytes = new Uint8Array(1 + varintSize(size) + size);
  let at = writeTagAndLength(bytes, 0, { tag: TAG_EVENTS, length: size });
  if (typeBytes > 0) {
    bytes[at++] = TAG_TYPE;
    bytes[at++] = type;
  }
  at = writeMessage(bytes, at, { tag: TAG_KV, message: kv });
  if (prevKv !== undefined) at = writeMessage(bytes, at, { tag: TAG_PREV_KV, message: prevKv });
  assert(at === bytes.length, "an event came out longer or shorter than measured");
  return bytes;
}

function writeMessage(bytes: Uint8Array, at: number, { tag, message }: { tag: number; message: Uint8Array }): number {
  const begin = writeTagAndLength(bytes, at, { tag, length: message.length });
  bytes.set(message, begin);
  return begin + message.length;
}

function writeTagAndLength(bytes: Uint8Array, at: number, { tag, length }: { tag: number; length: number }): number {
  let next = at;
  bytes[next++] = tag;
  let rest = length;
  for (; rest > 127; rest >>>= 7) bytes[next++] = (rest & 127) | 128;
  bytes[next++] = rest;
  return next;
}

/** Bytes of a length below 2^31 as a varint. */
function varintSize(value: number): number {
  return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
}
