/** The texts of `etcd --help` and `etcd --version`, made from the table of flags. */
import type { Compat } from "./compat.ts";
import { type FlagGroup, type FlagRow, flagGroups } from "./flag-table.ts";
import { defaultText } from "./settings.ts";

/** How to call the program; also printed after a mistyped flag. */
export const usageText = `Usage:

  etcd [flags]
    Start a member.

  etcd --version
    Show the version and stop.

  etcd -h | --help
    Show this text and stop.

  etcd --config-file FILE
    Read all settings from a YAML file; other flags and ETCD_ variables are then ignored.
    Durations in it are whole nanoseconds, or text such as "10m".

Every flag can also be set as a variable: --data-dir is ETCD_DATA_DIR.
`;

/** The whole help: usage, then every group of flags with the defaults they have under a release. */
export function helpText(compat: Compat): string {
  return `${usageText}\n${flagGroups.map((group) => groupText(group, compat)).join("\n")}`;
}

function groupText({ title, rows }: FlagGroup, compat: Compat): string {
  return `${title}:\n${rows.map((row) => rowText(row, compat)).join("")}`;
}

const marks = { ready: "", inert: " [no effect here]", later: " [not available yet]" } as const;

function rowText(row: FlagRow, compat: Compat): string {
  return `  --${row.name} '${defaultText(row, compat)}'\n    ${row.help}${marks[row.status]}\n`;
}

/** What the running program knows about itself. */
export interface BuildInfo {
  readonly version: string;
  readonly gitSha: string;
  /** As `process.version` has it. */
  readonly nodeVersion: string;
  readonly os: string;
  readonly arch: string;
}

/** Four lines in etcd's form; scripts read the first one. */
export function versionText({ version, gitSha, nodeVersion, os, arch }: BuildInfo): string {
  return `etcd Version: ${version}\nGit SHA: ${gitSha}\nNode Version: ${nodeVersion}\nNode OS/Arch: ${os}/${arch}\n`;
}
