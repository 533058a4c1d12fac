// Protobuf sizes and varints, nothing more.
export { entriesSize, entrySize, fittingEnd, payloadsSize, type Run } from "./entry-size.ts";
export { VarintReader, varintSize, writeVarint } from "./varint.ts";
