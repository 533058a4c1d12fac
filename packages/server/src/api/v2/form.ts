/**
 * Request parameters as Go's `Request.ParseForm` reads them: of body and query together, a name of the body first; of
 * names given twice the first. A broken pair is left out and remembered, since releases differ in whether they mind.
 */
import type { HttpRequest } from "../../ports/index.ts";
import { decodeBytes } from "./go-url.ts";

/** Parameters by name. */
export interface Form {
  readonly values: ReadonlyMap<string, string>;
  /** What was wrong with the first broken part, in the words of Go's parser. */
  readonly error: string | undefined;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const emptyForm: Form = { values: new Map(), error: undefined };
const formType = "application/x-www-form-urlencoded";

/** Reads the parameters of a request. */
export function parseForm(request: HttpRequest): Form {
  if (request.query === "" && !mayHaveForm(request.method)) return emptyForm;
  const values = new Map<string, string>();
  const bodyError = mayHaveForm(request.method) ? parseBody(request, values) : undefined;
  const queryError = request.query === "" ? undefined : parsePairs(request.query, values);
  return { values, error: bodyError ?? queryError };
}

function mayHaveForm(method: string): boolean {
  return method === "PUT" || method === "POST" || method === "PATCH";
}

function parseBody(request: HttpRequest, values: Map<string, string>): string | undefined {
  const declared = request.headers["content-type"];
  if (declared === formType) return parsePairs(decoder.decode(request.body), values);
  const { type, error } = parseMediaType(declared ?? "application/octet-stream");
  const pairsError = type === formType ? parsePairs(decoder.decode(request.body), values) : undefined;
  return error ?? pairsError;
}

/** Adds the pairs whose name is not there yet; gives the error of the first broken one. */
function parsePairs(text: string, values: Map<string, string>): string | undefined {
  let error: string | undefined;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const problem = pair.includes(";") ? "invalid semicolon separator in query" : addPair(onItsOwn(pair, text), values);
    error ??= problem;
  }
  return error;
}

function addPair(pair: string, values: Map<string, string>): string | undefined {
  const at = pair.indexOf("=");
  const name = at < 0 ? pair : pair.slice(0, at);
  const value = at < 0 ? "" : pair.slice(at + 1);
  const broken = brokenEscape(name) ?? brokenEscape(value);
  if (broken !== undefined) return `invalid URL escape "${broken}"`;
  const decodedName = unescapeText(name);
  if (!values.has(decodedName)) values.set(decodedName, unescapeText(value));
  return undefined;
}

/**
 * Engines keep a part of a text as a view of the whole, and the tree keeps values: a short one must not hold on to a long body
 * beside it. Escapes leave no view.
 */
function onItsOwn(value: string, text: string): string {
  return 2 * value.length >= text.length ? value : decoder.decode(encoder.encode(value));
}

function brokenEscape(text: string): string | undefined {
  if (!text.includes("%")) return undefined;
  const at = text.search(/%(?![0-9a-fA-F]{2})/);
  return at < 0 ? undefined : text.slice(at, at + 3);
}

/** Decodes a name or value in which no escape is broken. */
function unescapeText(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return decodeBytes(spaced);
  }
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]";
const tokenPattern = new RegExp(`^${token}*`);
const parameterPattern = new RegExp(`^\\s*;\\s*${token}+\\s*=\\s*(?:${token}+|"(?:[^"\\\\]|\\\\.)*")`);

/** The media type in lower case, and what Go's parser minds about it. */
export function parseMediaType(declared: string): { type: string; error: string | undefined } {
  const at = declared.indexOf(";");
  const type = (at < 0 ? declared : declared.slice(0, at)).trim().toLowerCase();
  const first = tokenPattern.exec(type)![0];
  const rest = type.slice(first.length);
  const problem = first === "" ? "no media type" : rest === "" ? undefined : subtypeProblem(rest);
  if (problem !== undefined) return { type: "", error: `mime: ${problem}` };
  const parameters = at < 0 ? "" : declared.slice(at);
  return { type, error: areParameters(parameters) ? undefined : "mime: invalid media parameter" };
}

function subtypeProblem(rest: string): string | undefined {
  if (!rest.startsWith("/")) return "expected slash after first token";
  const subtype = tokenPattern.exec(rest.slice(1))![0];
  if (subtype === "") return "expected token after slash";
  return rest.length > subtype.length + 1 ? "unexpected content after media subtype" : undefined;
}

/** Go forgives a semicolon at the end. */
function areParameters(text: string): boolean {
  let rest = text;
  for (let found = parameterPattern.exec(rest); found !== null; found = parameterPattern.exec(rest))
    rest = rest.slice(found[0].length);
  return /^\s*(?:;\s*)?$/.test(rest);
}
