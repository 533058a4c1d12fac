/**
 * Compares what a server answered with what a document prints. Bodies must have exactly the same fields; only what no
 * document can know may differ: times, the seconds left of a TTL by two, and the order of a listing that nobody sorted.
 */
import type { Json } from "./step.ts";

type Fields = { readonly [name: string]: Json };

const indexFields = new Set(["createdIndex", "modifiedIndex", "index"]);
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
/** What Go prints for no time at all. */
const never = "0001-01-01T00:00:00Z";
const hexIdPattern = /^[0-9a-f]{14,16}$/;
const ttlToleranceSeconds = 2;

/** How a comparison is made. */
export interface Comparing {
  /** Added to every index of the document. */
  readonly shift: number;
  /** Listings are compared in the order in which they come. */
  readonly isSorted: boolean;
}

/** Tells every difference, each with its place; none means that the answer is the document's. */
export function compareJson(expected: Json, actual: Json | undefined, how: Comparing): string[] {
  return compareAt("", { expected, actual, how });
}

interface Pair {
  readonly expected: Json;
  readonly actual: Json | undefined;
  readonly how: Comparing;
}

function compareAt(path: string, { expected, actual, how }: Pair): string[] {
  if (isList(expected)) {
    if (!isList(actual) || actual.length !== expected.length) return [differs(path, expected, actual)];
    const [wanted, found] = how.isSorted ? [expected, actual] : [inKeyOrder(expected), inKeyOrder(actual)];
    return wanted.flatMap((item, i) => compareAt(`${path}[${i}]`, { expected: item, actual: found[i], how }));
  }
  if (isFields(expected)) {
    if (!isFields(actual)) return [differs(path, expected, actual)];
    const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return names.flatMap((name) => compareField(`${path}.${name}`, { name, expected, actual, how }));
  }
  return expected === actual ? [] : [differs(path, expected, actual)];
}

function compareField(
  path: string,
  { name, expected, actual, how }: { name: string; expected: Fields; actual: Fields; how: Comparing },
): string[] {
  const [wanted, found] = [expected[name], actual[name]];
  if (wanted === undefined) return [`${path}: not expected, but ${JSON.stringify(found)}`];
  if (name === "expiration" && wanted !== never) return isExpiration(found) ? [] : [differs(path, wanted, found)];
  if (name === "ttl") return isNear(wanted, found) ? [] : [differs(path, wanted, found)];
  if (indexFields.has(name) && typeof wanted === "number") {
    return found === wanted + how.shift ? [] : [differs(path, wanted + how.shift, found)];
  }
  return compareAt(path, { expected: wanted, actual: found, how });
}

/** Tells where an answer has other fields, or fields of other types, than the example. Ids stand for any ids. */
export function compareShape(expected: Json, actual: Json | undefined, path = ""): string[] {
  if (isList(expected)) {
    if (!isList(actual) || actual.length !== expected.length) return [differs(path, expected, actual)];
    return expected.flatMap((item, i) => compareShape(item, actual[i], `${path}[${i}]`));
  }
  if (!isFields(expected)) {
    return typeof expected === typeof actual && actual !== null ? [] : [differs(path, expected, actual)];
  }
  if (!isFields(actual)) return [differs(path, expected, actual)];
  const [wanted, found] = [expected, actual].map((fields) => Object.keys(fields).sort());
  const areIds = [...(wanted ?? []), ...(found ?? [])].every((name) => hexIdPattern.test(name));
  if (areIds ? wanted?.length !== found?.length : String(wanted) !== String(found)) {
    return [`${path}: fields ${String(found)} instead of ${String(wanted)}`];
  }
  return (wanted ?? []).flatMap((name, i) =>
    compareShape(expected[name] ?? null, actual[found?.[i] ?? ""], `${path}.${name}`),
  );
}

function inKeyOrder(list: readonly Json[]): readonly Json[] {
  const keyOf = (item: Json): string => (isFields(item) ? String(item["key"] ?? item["name"]) : String(item));
  return list.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

function isExpiration(found: Json | undefined): boolean {
  return typeof found === "string" && timePattern.test(found) && found !== never;
}

function isNear(wanted: Json, found: Json | undefined): boolean {
  return typeof found === "number" && Math.abs(Number(wanted) - found) <= ttlToleranceSeconds;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !isList(value);
}

function differs(path: string, expected: Json, actual: Json | undefined): string {
  return `${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
}
