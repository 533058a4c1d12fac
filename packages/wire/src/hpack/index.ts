export { HpackDecoder } from "./decoder.ts";
export { HpackEncoder, initialTableSizeBytes } from "./encoder.ts";
export { HeaderBlock } from "./header-block.ts";
export { FieldKind, HeaderField } from "./header-field.ts";
