/**
 * Parameters as Go's `Request.FormValue` finds them when nobody parsed the form before: those of a multipart body too.
 * Only few handlers before 2.0 asked that way.
 */
import type { HttpRequest } from "../../ports/index.ts";
import { parseForm, parseMediaType } from "../v2/index.ts";

const partsMax = 1000;
/** The headers of a part; more is no form that a browser sends. */
const headCharsMax = 4096;
const headLinesMax = 32;

/** Parameters of query, form body and multipart body; a name that is there keeps its value. */
export function anyFormValues(request: HttpRequest): ReadonlyMap<string, string> {
  const { values } = parseForm(request);
  const declared = request.headers["content-type"] ?? "";
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(declared);
  if (boundary === null || parseMediaType(declared).type !== "multipart/form-data") return values;
  const all = new Map(values);
  for (const { name, value } of partsOf(request.body, boundary[1] ?? boundary[2] ?? ""))
    if (!all.has(name)) all.set(name, value);
  return all;
}

/** The fields of a multipart body, files aside. */
function partsOf(body: Uint8Array, boundary: string): { name: string; value: string }[] {
  const found: { name: string; value: string }[] = [];
  const pieces = `\r\n${new TextDecoder().decode(body)}`.split(`\r\n--${boundary}`, partsMax);
  for (const piece of pieces.slice(1)) {
    const at = piece.slice(0, headCharsMax).indexOf("\r\n\r\n");
    const name = at < 0 ? undefined : fieldName(piece.slice(0, at));
    if (name !== undefined) found.push({ name, value: piece.slice(at + 4) });
  }
  return found;
}

/** The name in the headers of a part; undefined for a file. */
function fieldName(head: string): string | undefined {
  const line = head.split("\r\n", headLinesMax).find((one) => /^content-disposition:\s*form-data;/i.test(one));
  if (line === undefined || /\bfilename=/i.test(line)) return undefined;
  return /\bname="([^"]*)"/i.exec(line)?.[1];
}
