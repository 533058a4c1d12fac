// Cuts an encoded KeyValue without decoding it into an object.
import { Reader, readEnd, readTag, skipValue } from "../codec/index.ts";
import { KeyValue } from "../generated/index.ts";

const valueTag = KeyValue.fields.find((field) => field.protoName === "value")!.number * 8 + 2;

/**
 * The same KeyValue without its value, as `keys_only` answers it: a copy, or `raw` itself when it has no value. Throws
 * DecodeError for bytes that are no message.
 */
export function withoutValue(raw: Uint8Array): Uint8Array {
  const r = new Reader(raw);
  while (r.pos < raw.length) {
    const start = r.pos;
    const tag = readTag(r, raw.length);
    if (tag === valueTag) return cut(raw, start, readEnd(r, raw.length));
    skipValue(r, tag & 7, raw.length);
  }
  return raw;
}

function cut(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const rest = new Uint8Array(bytes.length - (to - from));
  rest.set(bytes.subarray(0, from));
  rest.set(bytes.subarray(to), from);
  return rest;
}
