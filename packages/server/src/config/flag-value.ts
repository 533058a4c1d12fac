/**
 * Reads one flag's value from text, by the rules of Go's `flag` and `strconv` packages: `0x10` is sixteen, `T` is true,
 * `1h30m` is a duration. Refusals carry the words Go uses, because that is what an operator searches for.
 * Integers beyond what a `number` holds exactly stop at its bound, as everywhere in this server.
 */

import { parseGoDuration } from "../lib/go-duration.ts";
import { type MemberUrl, type Parsed, parseUrls, quote } from "../membership/index.ts";
import { type Compat, isLegacy } from "./compat.ts";
import type { FlagRow } from "./flag-table.ts";

/** What a value becomes: durations are milliseconds, lists arrays, gates pairs. */
export type FlagValue =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly MemberUrl[]
  | ReadonlyMap<string, boolean>;

const refuse = (error: string) => ({ ok: false, error }) as const;
const accept = <T>(value: T) => ({ ok: true, value }) as const;

/** The value of `text` for a flag of a release, or Go's reason why it has none. */
export function parseFlagValue(row: FlagRow, text: string, compat: Compat): Parsed<FlagValue> {
  switch (row.kind) {
    case "text":
      return accept(text);
    case "switch":
      return parseSwitch(text);
    case "ignored":
      return accept(true);
    case "unsigned":
      return parseInteger(text, { min: 0n, max: 2n ** 64n - 1n });
    case "signed":
      return parseInteger(text, { min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case "uint32":
      return parseUint32(text);
    case "duration":
      return parseDuration(text);
    case "urls":
      return text === "" ? accept([]) : parseUnique(text);
    case "origins":
      return parseOrigins(text, compat);
    case "list":
      return accept(text === "" ? [] : text.split(","));
    case "set":
      return accept(text === "" ? [] : [...new Set(text.split(","))].sort());
    case "choice":
      return row.choices!.includes(text) ? accept(text) : refuse("invalid value");
    case "gates":
      return parseGates(text);
    default:
      return row.kind satisfies never;
  }
}

/** Go's words for true and false. */
export function parseSwitch(text: string): Parsed<boolean> {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return accept(true);
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return accept(false);
  return refuse("parse error");
}

const INTEGER = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function parseInteger(text: string, { min, max }: { min: bigint; max: bigint }): Parsed<number> {
  const match = INTEGER.exec(withoutUnderscores(text));
  if (match === null || (min === 0n && match[1] !== "")) return refuse("parse error");
  const octal = /^0[0-7]+$/.test(match[2]!);
  const size = BigInt(octal ? `0o${match[2]!.slice(1)}` : match[2]!);
  const value = match[1] === "-" ? -size : size;
  if (value < min || value > max) return refuse("value out of range");
  if (value > MAX_SAFE) return accept(Number.MAX_SAFE_INTEGER);
  return accept(Number(value < -MAX_SAFE ? -MAX_SAFE : value));
}

/** Go allows `1_000`, but neither a leading, a trailing nor a double underscore, and only in numbers with a prefix. */
function withoutUnderscores(text: string): string {
  return /^[+-]?0[xXbBoO0-7](_?[0-9a-fA-F]+)+$/.test(text) ? text.replaceAll("_", "") : text;
}

function parseUint32(text: string): Parsed<number> {
  const parsed = parseInteger(text, { min: 0n, max: 2n ** 32n - 1n });
  if (parsed.ok) return parsed;
  const reason = parsed.error === "parse error" ? "invalid syntax" : parsed.error;
  return refuse(`strconv.ParseUint: parsing ${quote(text)}: ${reason}`);
}

function parseDuration(text: string): Parsed<number> {
  const ms = parseGoDuration(text);
  return ms === undefined ? refuse("parse error") : accept(ms);
}

function parseUnique(text: string): Parsed<MemberUrl[]> {
  const parsed = parseUrls(text.split(","));
  if (!parsed.ok) return parsed;
  return accept(parsed.value.filter((url, i, all) => i === 0 || url.text !== all[i - 1]!.text));
}

/** Releases before 3.0 take origins as they are written; later ones read them as listening addresses, which need a port. */
function parseOrigins(text: string, compat: Compat): Parsed<string[]> {
  const isPlain = compat === "2.3" || isLegacy(compat) || text === "*";
  if (text === "" || isPlain) return accept(splitTrimmed(text));
  const parsed = parseUnique(text);
  return parsed.ok ? accept(parsed.value.map((url) => url.text)) : parsed;
}

function splitTrimmed(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function parseGates(text: string): Parsed<Map<string, boolean>> {
  const gates = new Map<string, boolean>();
  for (const pair of text.split(",").filter((one) => one !== "")) {
    const at = pair.indexOf("=");
    const name = (at < 0 ? pair : pair.slice(0, at)).trim();
    if (at < 0) return refuse(`missing bool value for ${name}`);
    const value = pair.slice(at + 1).trim();
    const on = parseSwitch(value);
    if (!on.ok)
      return refuse(
        `invalid value of ${name}=${value}, err: strconv.ParseBool: parsing ${quote(value)}: invalid syntax`,
      );
    gates.set(name, on.value);
  }
  return accept(gates);
}
