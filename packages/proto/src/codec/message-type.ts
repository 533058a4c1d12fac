// What every generated message offers: a codec, and a description that gateways and test tools are driven by.
import { Reader } from "./reader.ts";
import { allocateBytes } from "./writer.ts";

/** Types of the wire, as a .proto file would say them. */
export type FieldType = "bool" | "string" | "bytes" | "int32" | "uint32" | "int64" | "uint64" | "enum" | "message";

/**
 * Which 64-bit integers a field holds in memory: `saturating` and `strict` are numbers (the one decodes to ±(2^53-1) what lies
 * beyond, the other refuses it), `bigint` is exact.
 */
export type Integer64 = "saturating" | "strict" | "bigint";

/** When a singular field is written: `implicit` unless zero, `optional` unless undefined, `always`. */
export type Presence = "implicit" | "optional" | "always";

/** Describes one field of a message. */
export interface FieldInfo {
  readonly number: number;
  /** As the .proto file spells it: `range_end`, `ID`. */
  readonly protoName: string;
  /** As our interfaces spell it: `rangeEnd`, `id`. */
  readonly localName: string;
  /** As Go's error texts spell it: `RangeEnd`, `ID`. */
  readonly goName: string;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** Repeated scalars are written packed (proto3) or one by one (proto2); both are read. */
  readonly packed: boolean;
  readonly presence: Presence;
  /** Only for int64 and uint64. */
  readonly integer64?: Integer64;
  /** Name of the oneof this field is a member of. */
  readonly oneof?: string;
  /** Only for type message; a function, because messages may hold themselves. */
  readonly message?: () => MessageType<unknown>;
  /** Only for type enum: names and numbers. */
  readonly enumValues?: Readonly<Record<string, number>>;
}

/** Limits of one decode. */
export interface DecodeLimits {
  /** Nested messages (and elements of repeated bytes) the input may hold; default 65,536 and one more for every four bytes. */
  readonly messagesMax?: number;
}

/** The codec and description of one message. */
export interface MessageType<T> {
  /** Full name: `etcdserverpb.PutRequest`. */
  readonly typeName: string;
  /** In order of their numbers. */
  readonly fields: readonly FieldInfo[];
  /** Makes a message of defaults, overridden by `init` (kept by reference). */
  create(init?: Partial<T>): T;
  /**
   * Encodes into bytes of their own, whose memory may lie in a slab of 16 KiB: copy what is kept for long among much that is
   * not. Integers must be integers within the range of their field.
   */
  encode(message: T): Uint8Array;
  /** Bytes that `encode` and `encodeInto` write. */
  sizeOf(message: T): number;
  /** Encodes at `offset`, where there must be room for `sizeOf(message)`, and returns the offset behind it. */
  encodeInto(message: T, buffer: Uint8Array, offset: number): number;
  /** Decodes all of `bytes`; byte fields are views into it. Throws DecodeError; linear in time and space. */
  decode(bytes: Uint8Array, limits?: DecodeLimits): T;
}

/** The generated functions a message type is made of. */
export interface MessageCode<T> {
  create(init?: Partial<T>): T;
  size(message: T): number;
  /** Writes so that the message ends before `end`; returns where it starts. */
  write(message: T, bytes: Uint8Array, end: number): number;
  read(reader: Reader, end: number): T;
}

/** Makes a message type of generated functions. */
export function defineMessage<T>(typeName: string, fields: readonly FieldInfo[], code: MessageCode<T>): MessageType<T> {
  const { create, size, write, read } = code;
  return {
    typeName,
    fields,
    create,
    sizeOf: size,
    encode(message) {
      const bytes = allocateBytes(size(message));
      write(message, bytes, bytes.length);
      return bytes;
    },
    encodeInto(message, buffer, offset) {
      const end = offset + size(message);
      if (end > buffer.length)
        throw new RangeError(`${typeName} ends at ${end}, behind a buffer of ${buffer.length} bytes`);
      write(message, buffer, end);
      return end;
    },
    decode(bytes, limits) {
      return read(new Reader(bytes, limits?.messagesMax), bytes.length);
    },
  };
}

/** Describes a method of a gRPC service. */
export interface MethodInfo<Request, Response> {
  /** The HTTP/2 path: `/etcdserverpb.KV/Range`. */
  readonly path: string;
  readonly request: MessageType<Request>;
  readonly response: MessageType<Response>;
  readonly kind: "unary" | "serverStream" | "clientStream" | "bidi";
  /** Paths of the JSON gateway, the main one first; empty where it has none. */
  readonly gatewayPaths: readonly string[];
}
