/**
 * What the two kinds of streams between members have in common, and the codec of the general one.
 * A frame of the message stream: | 8 bytes length, big endian | raftpb.Message |.
 * A message of type heartbeat from and to nobody keeps a silent stream alive; it is not for the consensus core.
 * Source: etcd's rafthttp, as seen on the wire.
 */
import { raftpb } from "@etcd-ts/proto";
import { isStorageThread, type Message, MessageType, noBytes } from "@etcd-ts/raft";
import { FrameBuffer } from "../lib/frame-buffer.ts";

/** A stream that does not follow its format; it has to be broken off. */
export class StreamFormatError extends Error {
  override readonly name = "StreamFormatError";
}

/** Larger frames are refused: etcd's own bound. */
export const frameBytesMax = 512 * 1024 * 1024;

/** Writes one stream's messages. */
export interface StreamEncoder {
  /** The bytes of a message, in one or more pieces that nobody changes afterwards. */
  encode(message: Message, into: Uint8Array[]): void;
  /** The bytes that keep the stream alive. */
  readonly keepAlive: Uint8Array;
}

/** Reads one stream's messages. */
export interface StreamDecoder {
  /** Adds the messages that a chunk completes; keep-alives are dropped. Throws StreamFormatError or DecodeError. */
  push(chunk: Uint8Array, into: Message[]): void;
}

/** A message behind its length. */
export function encodeFrame(message: Message): Uint8Array {
  const size = raftpb.Message.sizeOf(message);
  const bytes = new Uint8Array(8 + size);
  writeUint64(bytes, 0, size);
  raftpb.Message.encodeInto(message, bytes, 8);
  return bytes;
}

/** Reads a raftpb.Message that came from another member. */
export function decodeMessage(bytes: Uint8Array): Message {
  const message = raftpb.Message.decode(bytes);
  if (message.responses.length > 0) throw new StreamFormatError("a message between members carries local responses");
  // The consensus core believes its own storage that entries are durable.
  if (isStorageThread(message.from))
    throw new StreamFormatError("a message of a member claims to be from a local disk");
  return message;
}

/** Writes a length or index. */
export function writeUint64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  for (let i = 0; i < 4; i++) {
    bytes[at + i] = high >>> (24 - 8 * i);
    bytes[at + 4 + i] = value >>> (24 - 8 * i);
  }
}

/** Reads a length or index of at most `max`. */
export function readUint64(bytes: Uint8Array, max: number): number {
  let value = 0;
  for (let i = 0; i < 8; i++) value = value * 256 + bytes[i]!;
  if (value > max) throw new StreamFormatError(`number ${value} in a stream, at most ${max} expected`);
  return value;
}

/** Whether a message only keeps the stream alive. */
export function isKeepAlive(message: Message): boolean {
  return message.type === MessageType.heartbeat && message.from === 0n && message.to === 0n;
}

const keepAliveMessage: Message = {
  ...raftpb.Message.create({ type: MessageType.heartbeat, context: noBytes }),
  responses: [],
};

/** Writes the general stream. */
export class MessageEncoder implements StreamEncoder {
  readonly keepAlive = encodeFrame(keepAliveMessage);

  encode(message: Message, into: Uint8Array[]): void {
    into.push(encodeFrame(message));
  }
}

/** Reads the general stream. */
export class MessageDecoder implements StreamDecoder {
  readonly #buffer = new FrameBuffer();
  #size: number | undefined;

  push(chunk: Uint8Array, into: Message[]): void {
    this.#buffer.push(chunk);
    for (;;) {
      if (this.#size === undefined) {
        const length = this.#buffer.take(8);
        if (length === undefined) return;
        this.#size = readUint64(length, frameBytesMax);
      }
      const frame = this.#buffer.take(this.#size);
      if (frame === undefined) return;
      this.#size = undefined;
      const message = decodeMessage(frame);
      if (!isKeepAlive(message)) into.push(message);
    }
  }
}
