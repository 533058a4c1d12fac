// Bytes as a quoted string the way Go's %q prints them, which is how traces show the content of entries.

const escapes: Record<string, string> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

const unprintable = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** Quotes bytes; what is no UTF-8 is shown byte by byte. */
export function goQuote(bytes: Uint8Array): string {
  let quoted = "";
  for (let at = 0; at < bytes.length; ) {
    const character = characterAt(bytes, at);
    quoted += character === undefined ? `\\x${hex(bytes[at]!, 2)}` : quoteCharacter(character);
    at += character === undefined ? 1 : new TextEncoder().encode(character).length;
  }
  return `"${quoted}"`;
}

function characterAt(bytes: Uint8Array, at: number): string | undefined {
  const lead = bytes[at]!;
  const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(at, at + length));
  } catch {
    return undefined;
  }
}

function quoteCharacter(character: string): string {
  const escaped = escapes[character];
  if (escaped !== undefined) return escaped;
  if (!unprintable.test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code < 0x1_0000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
