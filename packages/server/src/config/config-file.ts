/**
 * The `--config-file`: YAML (or JSON) with the flags' names as keys, the TLS flags in the sections
 * `client-transport-security` and `peer-transport-security`, discovery in `discovery-config`, as in etcd.
 * Durations are whole nanoseconds, as etcd wants them, or text in Go's syntax. A key nobody knows is refused: etcd
 * drops it silently, and a mistyped security setting must not go unnoticed.
 */

import { formatGoDuration } from "../lib/go-duration.ts";
import type { Parsed } from "../membership/index.ts";
import type { TypedFlag } from "./command-line.ts";
import { type FlagRow, flagRows } from "./flag-table.ts";

const refuse = (error: string) => ({ ok: false, error }) as const;
/** Where each setting stands in the file, as a path with dots. */
const rowsByPath = new Map([...flagRows.values()].map((row) => [row.file ?? row.name, row]));
/** Inner nodes of those paths. */
const sections = new Set(
  [...rowsByPath.keys()].flatMap((path) => {
    const parts = path.split(".");
    return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("."));
  }),
);

/** Reads YAML without aliases, whole numbers as `bigint`; throws when it is none. */
export type ParseYaml = (text: string) => unknown;

/** The flags a config file sets; an empty value (`wal-dir:`) leaves the default. */
export function parseConfigFile(text: string, parseYaml: ParseYaml): Parsed<TypedFlag[]> {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    return refuse(`error parsing the config file: ${(error as Error).message.split("\n", 1)[0]}`);
  }
  if (document === null || document === undefined) return { ok: true, value: [] };
  if (!isMap(document)) return refuse("the config file must be a map of settings");
  return collect(document, "");
}

/** Walks one section; the table's paths bound how deep that goes. */
function collect(section: Record<string, unknown>, prefix: string): Parsed<TypedFlag[]> {
  const flags: TypedFlag[] = [];
  for (const [key, value] of Object.entries(section)) {
    const path = prefix + key;
    const row = rowsByPath.get(path);
    const found = row === undefined ? inSection(path, value) : setting(row, { path, value });
    if (!found.ok) return found;
    flags.push(...found.value);
  }
  return { ok: true, value: flags };
}

function inSection(path: string, value: unknown): Parsed<TypedFlag[]> {
  if (!sections.has(path))
    return refuse(`unknown setting ${JSON.stringify(path)} in the config file${elsewhere(path)}`);
  if (value === null) return { ok: true, value: [] };
  return isMap(value) ? collect(value, `${path}.`) : refuse(`invalid ${path}`);
}

function setting(row: FlagRow, { path, value }: { path: string; value: unknown }): Parsed<TypedFlag[]> {
  if (value === null) return { ok: true, value: [] };
  const text = scalar(row, value);
  if (text === undefined) return refuse(`invalid value ${show(value)} for ${path} in the config file`);
  return { ok: true, value: [{ name: row.name, row, text }] };
}

/** The value as one would type it after the flag. */
function scalar(row: FlagRow, value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const isList = row.kind === "list" || row.kind === "set" || row.kind === "urls";
    return isList && value.every((item) => typeof item === "string") ? value.join(",") : undefined;
  }
  if (row.kind === "switch") return typeof value === "boolean" ? String(value) : undefined;
  if (row.kind === "duration" && typeof value === "bigint") return formatGoDuration(Number(value) / 1e6);
  return typeof value === "object" || typeof value === "boolean" ? undefined : String(value);
}

function show(value: unknown): string {
  return typeof value === "bigint"
    ? String(value)
    : JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? Number(inner) : inner));
}

function elsewhere(path: string): string {
  const row = flagRows.get(path);
  return row?.file === undefined ? "" : ` (it belongs at ${row.file})`;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
