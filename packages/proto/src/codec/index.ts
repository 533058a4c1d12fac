// The codec's run time: everything that is not generated. The functions below the types are for generated code and for the
// helpers that put messages together from encoded parts; the package does not export them.
export { DecodeError } from "./decode-error.ts";
export {
  type DecodeLimits,
  defineMessage,
  type FieldInfo,
  type FieldType,
  type Integer64,
  type MessageType,
  type MethodInfo,
  type Presence,
} from "./message-type.ts";
export {
  depthMax,
  EMPTY_BYTES,
  enter,
  joinUnknown,
  leave,
  noteUnknown,
  Reader,
  readBool,
  readBytes,
  readBytesElement,
  readEnd,
  readId64,
  readInt32,
  readInt64,
  readLog64,
  readString,
  readStringLossy,
  readTag,
  readUid64,
  readUint32,
  readUint64,
  skipField,
  skipValue,
} from "./reader.ts";
export { sizeOfUtf8, writeUtf8 } from "./utf8.ts";
export {
  allocateBytes,
  sizeOfVarint,
  sizeOfVarint32,
  sizeOfVarintBig,
  writeBytes,
  writeRaw,
  writeVarint,
  writeVarint32,
  writeVarintBig,
} from "./writer.ts";
