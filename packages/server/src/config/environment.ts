/**
 * Flags from the environment: `--data-dir` is `ETCD_DATA_DIR`. As in etcd, a variable that a flag on the command line
 * contradicts stops the start, and one that nothing reads gets a warning.
 */
import type { Parsed } from "../membership/index.ts";
import type { TypedFlag } from "./command-line.ts";
import { flagRows } from "./flag-table.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable's name for a flag. */
export function environmentName(flag: string): string {
  return `ETCD_${flag.toUpperCase().replaceAll("-", "_")}`;
}

interface Reading {
  readonly typed: readonly TypedFlag[];
  /** Whether the flags of releases before 2.0 are known. */
  readonly isLegacy: boolean;
  readonly warn: (line: string) => void;
}

/** The flags the environment sets, beside those `typed` on the command line; empty variables count as unset. */
export function readEnvironment(env: Environment, { typed, isLegacy, warn }: Reading): Parsed<TypedFlag[]> {
  const shadowing = new Set(typed.map((flag) => environmentName(flag.name)));
  const names = new Map(
    [...flagRows.values()].filter(({ only04 }) => isLegacy || !only04).map((row) => [environmentName(row.name), row]),
  );
  const flags: TypedFlag[] = [];
  for (const [key, text] of Object.entries(env).sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (!key.startsWith("ETCD_") || text === undefined) continue;
    const row = names.get(key);
    if (key === "ETCD_VERSION") {
      if (text !== "") warn(`cannot set special environment variable: ${key}=${text}`);
    } else if (shadowing.has(key)) return { ok: false, error: shadowed(key) };
    else if (row !== undefined && text !== "") flags.push({ name: row.name, row, text });
    else if (key !== "ETCD_CONFIG_FILE") warn(`unrecognized environment variable: ${key}=${text}`);
  }
  return { ok: true, value: flags };
}

function shadowed(key: string): string {
  const advice = "either unset environment variable or disable flag";
  return `conflicting environment variable ${JSON.stringify(key)} is shadowed by corresponding command-line flag (${advice})`;
}
