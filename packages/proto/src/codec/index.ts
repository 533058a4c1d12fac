// The codec's run time: everything that is not generated.
export { DecodeError } from "./decode-error.ts";
export type {
  DecodeLimits,
  FieldInfo,
  FieldType,
  Integer64,
  MessageType,
  MethodInfo,
  Presence,
} from "./message-type.ts";
export { depthMax, EMPTY_BYTES } from "./reader.ts";
