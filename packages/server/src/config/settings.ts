/**
 * All flags with their values: what was set, or else the default of the release being imitated. Also the gate between
 * "known" and "works": a flag whose feature is not there yet may only have its default.
 */
import type { MemberUrl, Parsed } from "../membership/index.ts";
import { quote } from "../membership/index.ts";
import { notDefined, type TypedFlag } from "./command-line.ts";
import { type Compat, isLegacy } from "./compat.ts";
import { type FlagRow, flagRows } from "./flag-table.ts";
import { type FlagValue, parseFlagValue } from "./flag-value.ts";

interface Setting {
  readonly value: FlagValue;
  readonly isSet: boolean;
}

const refuse = (error: string) => ({ ok: false, error }) as const;

/** Typed access to every flag's value; asking for a name or type that the table does not have is a bug. */
export class Settings {
  readonly compat: Compat;
  readonly #settings: ReadonlyMap<string, Setting>;

  constructor(compat: Compat, settings: ReadonlyMap<string, Setting>) {
    this.compat = compat;
    this.#settings = settings;
  }

  text(name: string): string {
    return this.#settings.get(name)!.value as string;
  }

  number(name: string): number {
    return this.#settings.get(name)!.value as number;
  }

  switch(name: string): boolean {
    return this.#settings.get(name)!.value as boolean;
  }

  list(name: string): readonly string[] {
    return this.#settings.get(name)!.value as readonly string[];
  }

  urls(name: string): readonly MemberUrl[] {
    return this.#settings.get(name)!.value as readonly MemberUrl[];
  }

  gates(name: string): ReadonlyMap<string, boolean> {
    return this.#settings.get(name)!.value as ReadonlyMap<string, boolean>;
  }

  /** Whether the operator set it, to whatever value. */
  isSet(name: string): boolean {
    return this.#settings.get(name)!.isSet;
  }
}

/** How a source calls its flags in messages, and whether it is bound to the release's set of flags. */
export interface SettingSource {
  /** `flag -name`, `ETCD_NAME`, `name` of the config file. */
  readonly label: (row: FlagRow) => string;
  readonly allowsOld: boolean;
}

/** One flag and where it came from. */
export interface SourcedFlag {
  readonly flag: TypedFlag;
  readonly source: SettingSource;
}

/** Values of everything that was set; a flag given twice has its last value, as in Go. */
export function resolveSettings(
  given: readonly SourcedFlag[],
  { compat, warn }: { compat: Compat; warn: (line: string) => void },
): Parsed<Settings> {
  const settings = new Map<string, Setting>();
  for (const row of flagRows.values()) settings.set(row.name, { value: defaultOf(row, compat), isSet: false });
  for (const { flag, source } of given) {
    const row = flag.row!;
    if (row.only34 && compat === "3.7" && !source.allowsOld) return refuse(notDefined(row.name));
    if (row.only04 && !isLegacy(compat)) return refuse(notDefined(row.name));
    const parsed = parseFlagValue(row, flag.text, compat);
    if (!parsed.ok) return refuse(invalid(flag, { label: source.label(row), reason: parsed.error }));
    const unavailable = checkAvailable(row, { value: parsed.value, compat, text: flag.text });
    if (unavailable !== undefined) return refuse(unavailable);
    const note = noteOn(row, { value: parsed.value, compat });
    if (note !== undefined) warn(note);
    // `--listen-client-urls ""` counts as set and keeps the default, as in etcd.
    const value = row.kind === "urls" && flag.text === "" ? defaultOf(row, compat) : parsed.value;
    settings.set(row.twinOf ?? row.name, { value, isSet: true });
  }
  return { ok: true, value: new Settings(compat, settings) };
}

function defaultOf(row: FlagRow, compat: Compat): FlagValue {
  const parsed = parseFlagValue(row, defaultText(row, compat), compat);
  if (!parsed.ok) throw new Error(`the default of --${row.name} does not parse: ${parsed.error}`);
  return parsed.value;
}

/** The default as one would type it. */
export function defaultText(row: FlagRow, compat: Compat): string {
  const of34 = row.value34 ?? row.value;
  const of23 = row.value23 ?? of34;
  if (isLegacy(compat)) return row.value04 ?? of23;
  return { "2.3": of23, "3.4": of34, "3.7": row.value }[compat];
}

function invalid(flag: TypedFlag, { label, reason }: { label: string; reason: string }): string {
  if (flag.row!.kind === "switch" && label.startsWith("flag "))
    return `invalid boolean value ${quote(flag.text)} for ${label.slice("flag ".length)}: ${reason}`;
  return `invalid value ${quote(flag.text)} for ${label}: ${reason}`;
}

function checkAvailable(
  row: FlagRow,
  { value, compat, text }: { value: FlagValue; compat: Compat; text: string },
): string | undefined {
  if (row.status !== "later" || isDefault(row, { value, compat })) return undefined;
  const fallback = quote(defaultText(row, compat));
  return `--${row.name} is not available yet in this server (set to ${quote(text)}; only its default ${fallback} is accepted)`;
}

const deprecated = "is deprecated and has no effect in this server";
function noteOn(row: FlagRow, { value, compat }: { value: FlagValue; compat: Compat }): string | undefined {
  if (row.kind === "ignored") return `flag is no longer supported - ignoring: --${row.name}`;
  if (row.status !== "inert" || isDefault(row, { value, compat })) return undefined;
  return row.name === "v2-deprecation"
    ? `--v2-deprecation ${deprecated}`
    : `--${row.name} has no effect in this server`;
}

function isDefault(row: FlagRow, { value, compat }: { value: FlagValue; compat: Compat }): boolean {
  return JSON.stringify(value) === JSON.stringify(defaultOf(row, compat));
}
