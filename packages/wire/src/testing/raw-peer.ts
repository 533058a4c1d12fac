/**
 * A client that writes frames by hand, right or wrong, and keeps the frames it gets. For tests of what a server does
 * with peers that break the rules.
 */
import { HeaderField, HpackDecoder, HpackEncoder } from "../hpack/index.ts";
import { clientPreface, FrameType, frameHeaderSize, putFrameHeader, putUint32, typeAndFlags } from "../http2/index.ts";
import { encodeLatin1, OutputBuffer } from "../lib/index.ts";
import type { MemoryStream } from "./memory-stream.ts";

/** A frame as it was received. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Uint8Array;
}

/** The fields of an ordinary gRPC request. */
export const requestFields: readonly (readonly [string, string])[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/t.T/Echo"],
  [":authority", "test"],
  ["content-type", "application/grpc"],
  ["te", "trailers"],
];

/** The client end of a connection. */
export class RawPeer {
  /** Every frame received, in order. */
  readonly frames: RawFrame[] = [];
  /** Whether the server closed the connection. */
  isClosed = false;
  readonly #end: MemoryStream;
  readonly #encoder = new HpackEncoder({ usesHuffman: false });
  readonly #decoder = new HpackDecoder({ tableSizeMax: 4096, listSizeMax: 1 << 20 });
  #unread: Uint8Array = new Uint8Array(0);

  constructor(end: MemoryStream) {
    this.#end = end;
    end.attach({
      onBytes: (chunk) => this.#read(chunk),
      onDrain: () => {},
      onEnd: () => {
        this.isClosed = true;
      },
      onClose: () => {
        this.isClosed = true;
      },
    });
  }

  /** Sends any bytes. */
  bytes(bytes: Uint8Array): void {
    this.#end.write(bytes);
  }

  /** Sends the preface and the given SETTINGS. */
  greet(settings: readonly (readonly [number, number])[] = []): void {
    const preface = new Uint8Array(clientPreface.length);
    encodeLatin1(clientPreface, preface, 0);
    this.bytes(preface);
    this.settings(settings);
  }

  /** Sends SETTINGS. */
  settings(settings: readonly (readonly [number, number])[]): void {
    const payload = new Uint8Array(settings.length * 6);
    settings.forEach(([id, value], index) => {
      payload[index * 6 + 1] = id;
      putUint32(payload, index * 6 + 2, value);
    });
    this.frame(FrameType.settings, 0, 0, payload);
  }

  /** Sends a frame. */
  frame(type: number, flags: number, id: number, payload: Uint8Array): void {
    const frame = new Uint8Array(frameHeaderSize + payload.length);
    putFrameHeader(frame, 0, payload.length, typeAndFlags(type, flags), id);
    frame.set(payload, frameHeaderSize);
    this.bytes(frame);
  }

  /** Sends a frame whose payload is one 32 bit number. */
  number(type: number, id: number, value: number): void {
    const payload = new Uint8Array(4);
    putUint32(payload, 0, value);
    this.frame(type, 0, id, payload);
  }

  /** Encodes fields, in sync with the server's decoder. */
  block(fields: readonly (readonly [string, string])[], repeats = true): Uint8Array {
    const output = new OutputBuffer(256);
    this.#encoder.begin(output);
    for (const [name, value] of fields) this.#encoder.field(output, new HeaderField(name, value), repeats);
    return output.view();
  }

  /** Sends HEADERS with END_HEADERS. */
  headers(id: number, fields: readonly (readonly [string, string])[] = requestFields, endStream = false): void {
    this.frame(FrameType.headers, endStream ? 5 : 4, id, this.block(fields));
  }

  /** Sends a gRPC message in one DATA frame. */
  message(id: number, message: Uint8Array, endStream = true): void {
    const payload = new Uint8Array(5 + message.length);
    putUint32(payload, 1, message.length);
    payload.set(message, 5);
    this.frame(FrameType.data, endStream ? 1 : 0, id, payload);
  }

  /** The code and text of the GOAWAY received, or undefined. */
  get goAway(): { code: number; debug: string } | undefined {
    const found = this.frames.find((frame) => frame.type === FrameType.goAway);
    if (found === undefined) return undefined;
    return { code: uint32(found.payload, 4), debug: String.fromCharCode(...found.payload.subarray(8)) };
  }

  /** The codes of the RST_STREAM frames received for a stream. */
  resets(id: number): number[] {
    return this.#of(FrameType.rstStream, id).map(({ payload }) => uint32(payload, 0));
  }

  /** The payload bytes received on a stream. */
  dataSize(id: number): number {
    return this.#of(FrameType.data, id).reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** The fields of every header block received on a stream; blocks of all streams must be read in order, once. */
  sections(): { id: number; fields: Record<string, string> }[] {
    const found = this.frames.filter(({ type }) => type === FrameType.headers);
    return found.map(({ id, payload }) => {
      const block = this.#decoder.decode(payload, 0, payload.length);
      return { id, fields: Object.fromEntries(block!.fields.map(({ name, value }) => [name, value])) };
    });
  }

  #of(type: number, id: number): RawFrame[] {
    return this.frames.filter((frame) => frame.type === type && frame.id === id);
  }

  #read(chunk: Uint8Array): void {
    const bytes = new Uint8Array(this.#unread.length + chunk.length);
    bytes.set(this.#unread);
    bytes.set(chunk, this.#unread.length);
    let at = 0;
    while (bytes.length - at >= frameHeaderSize) {
      const end = at + frameHeaderSize + (uint32(bytes, at) >>> 8);
      if (end > bytes.length) break;
      const payload = bytes.slice(at + frameHeaderSize, end);
      this.frames.push({ type: bytes[at + 3]!, flags: bytes[at + 4]!, id: uint32(bytes, at + 5), payload });
      at = end;
    }
    this.#unread = bytes.subarray(at);
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
