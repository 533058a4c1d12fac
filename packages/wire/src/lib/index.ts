export { AssertionError, assert } from "./assert.ts";
export { decodeBase64, encodeBase64 } from "./base64.ts";
export { decodeLatin1, encodeLatin1 } from "./latin1.ts";
export { OutputBuffer } from "./output-buffer.ts";
