/**
 * Cuts a command line into flags as Go's `flag` package does: `-x v`, `--x v`, `-x=v`; a switch takes its value only
 * after `=`; the first word that is no flag ends the flags. Values are not read here, only found.
 */
import type { Parsed } from "../membership/index.ts";
import { quote } from "../membership/index.ts";
import { type FlagRow, flagRows } from "./flag-table.ts";

/** One flag as it was typed; `row` is undefined for `config-file` and `version`. */
export interface TypedFlag {
  readonly name: string;
  readonly row: FlagRow | undefined;
  readonly text: string;
}

export type CommandLine = { readonly kind: "help" } | { readonly kind: "flags"; readonly flags: TypedFlag[] };

const refuse = (error: string) => ({ ok: false, error }) as const;
const accept = (value: CommandLine) => ({ ok: true, value }) as const;

/** Finds the flags in the words after the program's name; each word is used once, so the work is linear. */
export function parseCommandLine(
  argv: readonly string[],
  rowOf: (name: string) => FlagRow | undefined = (name) => flagRows.get(name),
): Parsed<CommandLine> {
  const flags: TypedFlag[] = [];
  for (let at = 0; at < argv.length; ) {
    const word = argv[at]!;
    if (word === "--" ? at + 1 < argv.length : !isFlag(word))
      return refuse(`${quote(word === "--" ? argv[at + 1]! : word)} is not a valid flag`);
    if (word === "--") break;
    const { name, value } = split(word);
    if (name === "" || name.startsWith("-") || name.startsWith("=")) return refuse(`bad flag syntax: ${word}`);
    const row = rowOf(name);
    if (row === undefined && (name === "help" || name === "h")) return accept({ kind: "help" });
    if (row === undefined && name !== "config-file" && name !== "version") return refuse(notDefined(name));
    at++;
    if (value !== undefined) flags.push({ name, row, text: value });
    else if (isSwitch(name, row)) flags.push({ name, row, text: "true" });
    else if (at < argv.length) flags.push({ name, row, text: argv[at++]! });
    else return refuse(`flag needs an argument: -${name}`);
  }
  return accept({ kind: "flags", flags });
}

/** The names of all words that look like flags, before it is known which release's flags they are. */
export function namesOf(argv: readonly string[]): string[] {
  return argv.filter(isFlag).map((word) => split(word).name);
}

/** Go's answer to a flag it does not know. */
export function notDefined(name: string): string {
  return `flag provided but not defined: -${name}`;
}

function isFlag(word: string): boolean {
  return word.length >= 2 && word.startsWith("-");
}

function isSwitch(name: string, row: FlagRow | undefined): boolean {
  return name === "version" || row?.kind === "switch" || row?.kind === "ignored";
}

/** Takes off one or two dashes and cuts at the first `=` that is not the first character. */
function split(word: string): { name: string; value: string | undefined } {
  const bare = word.slice(word.startsWith("--") ? 2 : 1);
  const at = bare.indexOf("=", 1);
  return at < 0 ? { name: bare, value: undefined } : { name: bare.slice(0, at), value: bare.slice(at + 1) };
}
