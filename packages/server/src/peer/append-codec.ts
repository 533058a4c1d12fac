/**
 * The stream for appends, which are most of what a leader sends. Where an append follows the one before, its position is
 * left out. Frames, all numbers 8 bytes big endian:
 *
 *   keep-alive   | 0 |
 *   entries      | 1 | count | length, raftpb.Entry | … | commit index |
 *   any append   | 2 | length | raftpb.Message |
 *
 * Both ends hold the term and index that the last frame reached; an entries frame starts there. Source: etcd's rafthttp
 * ("msgappv2"), as seen on the wire.
 */
import { raftpb } from "@etcd-ts/proto";
import { type Entry, type Message, MessageType, newMessage } from "@etcd-ts/raft";
import { FrameBuffer } from "../lib/frame-buffer.ts";
import type { EntriesEncoder } from "./entries-encoder.ts";
import {
  decodeMessage,
  frameBytesMax,
  readUint64,
  type StreamDecoder,
  type StreamEncoder,
  StreamFormatError,
  writeUint64,
} from "./stream-codec.ts";

const frames = { keepAlive: 0, entries: 1, message: 2 } as const;
/** More entries than fit into any message of a leader. */
const entryCountMax = 1_000_000;

/** Writes the stream to one follower. */
export class AppendEncoder implements StreamEncoder {
  readonly keepAlive = Uint8Array.of(frames.keepAlive);
  readonly #entries: EntriesEncoder;
  #term = 0;
  #index = 0;

  /** `entries` is shared by the streams to all followers. */
  constructor(entries: EntriesEncoder) {
    this.#entries = entries;
  }

  encode(message: Message, into: Uint8Array[]): void {
    const { index, term, logTerm, entries, commit } = message;
    if (index === this.#index && logTerm === this.#term && logTerm === term) {
      into.push(this.#entries.encode(entries));
      const tail = new Uint8Array(8);
      writeUint64(tail, 0, commit);
      into.push(tail);
    } else {
      into.push(encodeWhole(message));
      this.#term = term;
    }
    this.#index = index + entries.length;
  }
}

function encodeWhole(message: Message): Uint8Array {
  const size = raftpb.Message.sizeOf(message);
  const bytes = new Uint8Array(9 + size);
  bytes[0] = frames.message;
  writeUint64(bytes, 1, size);
  raftpb.Message.encodeInto(message, bytes, 9);
  return bytes;
}

/** An entries frame that is being read. */
interface PartialEntries {
  readonly count: number;
  readonly entries: Entry[];
  /** Size of the next entry, once it is known. */
  size: number | undefined;
}

/** Reads the stream of the leader. */
export class AppendDecoder implements StreamDecoder {
  readonly #ends: { readonly local: bigint; readonly remote: bigint };
  readonly #buffer = new FrameBuffer();
  #frame: number | undefined;
  #messageSize: number | undefined;
  #partial: PartialEntries | undefined;
  #term = 0;
  #index = 0;

  constructor(ends: { readonly local: bigint; readonly remote: bigint }) {
    this.#ends = ends;
  }

  push(chunk: Uint8Array, into: Message[]): void {
    this.#buffer.push(chunk);
    while (this.#frame !== undefined || this.#buffer.length > 0) {
      this.#frame ??= this.#buffer.byte();
      const message = this.#read(this.#frame);
      if (message === undefined) return;
      this.#frame = undefined;
      if (message !== "keep-alive") into.push(message);
    }
  }

  #read(frame: number): Message | "keep-alive" | undefined {
    switch (frame) {
      case frames.keepAlive:
        return "keep-alive";
      case frames.entries:
        return this.#readEntries();
      case frames.message:
        return this.#readMessage();
      default:
        throw new StreamFormatError(`frame of type ${frame} in an append stream`);
    }
  }

  #readMessage(): Message | undefined {
    this.#messageSize ??= this.#number(frameBytesMax);
    if (this.#messageSize === undefined) return undefined;
    const bytes = this.#buffer.take(this.#messageSize);
    if (bytes === undefined) return undefined;
    this.#messageSize = undefined;
    const message = decodeMessage(bytes);
    this.#term = message.term;
    this.#index = message.index + message.entries.length;
    return message;
  }

  #readEntries(): Message | undefined {
    const partial = this.#partial ?? this.#beginEntries();
    if (partial === undefined) return undefined;
    while (partial.entries.length < partial.count) {
      partial.size ??= this.#number(frameBytesMax);
      const bytes = partial.size === undefined ? undefined : this.#buffer.take(partial.size);
      if (bytes === undefined) return undefined;
      partial.size = undefined;
      partial.entries.push(raftpb.Entry.decode(bytes));
    }
    const commit = this.#number(Number.MAX_SAFE_INTEGER);
    if (commit === undefined) return undefined;
    this.#partial = undefined;
    return this.#follow(partial.entries, commit);
  }

  #beginEntries(): PartialEntries | undefined {
    const count = this.#number(entryCountMax);
    if (count !== undefined) this.#partial = { count, entries: [], size: undefined };
    return this.#partial;
  }

  #follow(entries: Entry[], commit: number): Message {
    const message = newMessage(MessageType.app, this.#ends.local);
    message.from = this.#ends.remote;
    message.term = this.#term;
    message.logTerm = this.#term;
    message.index = this.#index;
    message.entries = entries;
    message.commit = commit;
    this.#index += entries.length;
    return message;
  }

  #number(max: number): number | undefined {
    const bytes = this.#buffer.take(8);
    return bytes === undefined ? undefined : readUint64(bytes, max);
  }
}
