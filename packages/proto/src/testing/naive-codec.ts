// A second encoder, as plain as the protobuf specification reads: forwards, concatenating arrays, driven by field descriptions. It
// shares no code with the generated ones and is what they are compared to; for tests only.
import type { FieldInfo, MessageType } from "../codec/index.ts";

type AnyMessage = Record<string, unknown>;

/** Encodes field by field, in the order of `fields`; an order that does not ascend is legal protobuf, too. */
export function naiveEncode(type: MessageType<unknown>, message: unknown, fields = type.fields): number[] {
  const bytes = fields.flatMap((field) => encodeField(field, (message as AnyMessage)[field.localName]));
  return [...bytes, ...((message as { unknownFields?: Uint8Array }).unknownFields ?? [])];
}

function encodeField(field: FieldInfo, value: unknown): number[] {
  if (field.repeated) {
    const values = value as unknown[];
    if (!field.packed) return values.flatMap((one) => [...tagOf(field), ...encodeValue(field, one)]);
    const packed = values.flatMap((one) => encodeValue(field, one));
    return packed.length === 0 ? [] : [...varint(BigInt(field.number * 8 + 2)), ...delimited(packed)];
  }
  return isWritten(field, value) ? [...tagOf(field), ...encodeValue(field, value)] : [];
}

function isWritten(field: FieldInfo, value: unknown): boolean {
  if (value === undefined) return false;
  if (field.presence === "always" || field.presence === "optional" || field.type === "message") return true;
  if (value instanceof Uint8Array) return value.length > 0;
  return value !== 0 && value !== 0n && value !== "" && value !== false;
}

const isDelimited = (field: FieldInfo) => ["bytes", "string", "message"].includes(field.type);
const tagOf = (field: FieldInfo) => varint(BigInt(field.number * 8 + (isDelimited(field) ? 2 : 0)));

function encodeValue(field: FieldInfo, value: unknown): number[] {
  if (field.type === "message") return delimited(naiveEncode(field.message!(), value));
  if (field.type === "bytes") return delimited([...(value as Uint8Array)]);
  if (field.type === "string") return delimited([...new TextEncoder().encode(value as string)]);
  return varint(BigInt(value as number | bigint | boolean));
}

/** Length before the bytes. */
export function delimited(bytes: number[]): number[] {
  return [...varint(BigInt(bytes.length)), ...bytes];
}

/** Seven bits a byte, the lowest first, negative numbers in 64-bit two's complement. */
export function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
