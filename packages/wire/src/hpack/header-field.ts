/**
 * One field of a header section, classified once when it is made: table entries are shared by all the requests
 * that refer to them, so the checks of RFC 9113 section 8.2 cost nothing for an indexed field.
 */
/** What a field is to HTTP/2. `malformed` fields make the whole message malformed. */
export const FieldKind = {
  regular: 0,
  malformed: 1,
  method: 2,
  scheme: 3,
  path: 4,
  authority: 5,
  status: 6,
  contentLength: 7,
  host: 8,
} as const;

/** One of `FieldKind`. */
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

const special = new Map<string, FieldKind>([
  [":method", FieldKind.method],
  [":scheme", FieldKind.scheme],
  [":path", FieldKind.path],
  [":authority", FieldKind.authority],
  [":status", FieldKind.status],
  ["content-length", FieldKind.contentLength],
  ["host", FieldKind.host],
  // Connection-specific fields have no meaning in HTTP/2 (RFC 9113 section 8.2.2).
  ["connection", FieldKind.malformed],
  ["proxy-connection", FieldKind.malformed],
  ["keep-alive", FieldKind.malformed],
  ["transfer-encoding", FieldKind.malformed],
  ["upgrade", FieldKind.malformed],
]);

/** RFC 7541 section 4.1: what an entry costs beside its name and value. */
export const entryOverheadBytes = 32;

/** An immutable name and value; octets are held as characters 0 to 255. */
export class HeaderField {
  readonly name: string;
  readonly value: string;
  readonly kind: FieldKind;
  /** Size as RFC 7541 section 4.1 counts it. */
  readonly sizeBytes: number;

  constructor(name: string, value: string) {
    this.name = name;
    this.value = value;
    this.kind = classify(name, value);
    this.sizeBytes = name.length + value.length + entryOverheadBytes;
  }
}

function classify(name: string, value: string): FieldKind {
  if (!isFieldValue(value)) return FieldKind.malformed;
  const kind = special.get(name);
  if (kind !== undefined) return kind;
  if (name === "te" && value !== "trailers") return FieldKind.malformed;
  return isFieldName(name) ? FieldKind.regular : FieldKind.malformed;
}

const tokenOctets = nameOctets();

function nameOctets(): Uint8Array {
  const allowed = new Uint8Array(256);
  for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") allowed[char.charCodeAt(0)] = 1;
  return allowed;
}

/** Whether the octets of a field name are the lowercase token characters; a colon is not. */
function isFieldName(name: string): boolean {
  for (let at = 0; at < name.length; at++) if (tokenOctets[name.charCodeAt(at)] !== 1) return false;
  return name.length > 0;
}

/** RFC 9113 section 8.2.1: no NUL, CR or LF, no space or tab at either end. */
function isFieldValue(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0 || code === 10 || code === 13) return false;
  }
  return !isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(value.length - 1));
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
