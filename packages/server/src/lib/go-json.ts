/** Texts in JSON as Go writes them. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters JSON must escape.
const needsEscape = /["\\\u0000-\u001f<>&\u2028\u2029\ud800-\udfff]/;

/** A text as Go quotes it in JSON, with what could end a script element escaped. */
export function quote(text: string): string {
  if (!needsEscape.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
