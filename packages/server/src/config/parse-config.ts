/**
 * From the command line, the environment and the config file to a `ServerConfig`. Pure: files are read through the
 * function passed in, nothing is printed, nothing stops the process; the caller does what the answer says.
 */
import type { Parsed } from "../membership/index.ts";
import { quote } from "../membership/index.ts";
import { buildConfig } from "./build-config.ts";
import { checkSettings } from "./checks.ts";
import { namesOf, parseCommandLine, type TypedFlag } from "./command-line.ts";
import { type Compat, compats, findCompat, isLegacy, type LegacyCompat, reportedVersions } from "./compat.ts";
import { type ParseYaml, parseConfigFile } from "./config-file.ts";
import { type Environment, environmentName, readEnvironment } from "./environment.ts";
import { parseSwitch } from "./flag-value.ts";
import { type BuildInfo, helpText, usageText, versionText } from "./help.ts";
import { isFlagOf02, legacyRow, modernFlags } from "./legacy-flags.ts";
import type { ServerConfig } from "./server-config.ts";
import { resolveSettings, type SettingSource, type SourcedFlag } from "./settings.ts";

/** What the operator said, and the two facts of the machine that the answer depends on. */
export interface ConfigInput {
  /** The words after the program's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Reads a text file; throws when it cannot. */
  readonly readFile: (path: string) => string;
  readonly parseYaml: ParseYaml;
  readonly build: BuildInfo;
  /** This machine's address as others see it, when known. */
  readonly defaultHost?: string;
}

/** A configuration, a refusal, or a text to print before ending with 0. */
export type ConfigResult =
  | { readonly ok: true; readonly config: ServerConfig; readonly warnings: readonly string[] }
  /** One line for the operator; `exitCode` 2 asks for the usage text after it, as Go's flag package does. */
  | { readonly ok: false; readonly error: string; readonly exitCode: 1 | 2; readonly usage?: string }
  | { readonly help: string }
  | { readonly version: string };

const commandLine: SettingSource = { label: (row) => `flag -${row.name}`, allowsOld: false };
const environment: SettingSource = { label: (row) => environmentName(row.name), allowsOld: false };
const file: SettingSource = { label: (row) => `${row.file ?? row.name} in the config file`, allowsOld: true };

/** Reads everything the operator said and answers with the configuration or the first thing that is wrong. */
export function parseConfig(input: ConfigInput): ConfigResult {
  const legacy = legacyCompat(input);
  const words = parseCommandLine(input.argv, legacy && legacyRow);
  if (!words.ok) return mistyped(words.error);
  if (words.value.kind === "help") return { help: helpText(findCompat(compatTold(input) ?? "") ?? legacy ?? "3.7") };
  const typed = words.value.flags;
  const version = lastOf(typed, "version");
  const wantsVersion = parseSwitch(version ?? "false");
  if (!wantsVersion.ok) return mistyped(`invalid boolean value ${quote(version!)} for -version: ${wantsVersion.error}`);
  if (wantsVersion.value) return { version: versionText({ ...input.build, version: versionTold(input) }) };
  const path = lastOf(typed, "config-file") || input.env["ETCD_CONFIG_FILE"];
  return path ? fromFile(path, input) : fromFlags(typed, { ...input, legacy });
}

/** The release that `--compat` names; without it, what this program is. */
function versionTold({ argv, env, build }: ConfigInput): string {
  const compat = findCompat(compatTold({ argv, env }) ?? "");
  return compat === undefined ? build.version : reportedVersions[compat];
}

function compatTold({ argv, env }: Pick<ConfigInput, "argv" | "env">): string | undefined {
  const at = argv.findLastIndex((word) => /^--?compat(?:=|$)/.test(word));
  return at < 0 ? env["ETCD_COMPAT"] : (/=(.*)/.exec(argv[at]!)?.[1] ?? argv[at + 1]);
}

/** The release before 2.0 whose command line this is: because it says so, or because of flags that only 0.2 had. */
function legacyCompat({ argv, env }: ConfigInput): LegacyCompat | undefined {
  const words = namesOf(argv);
  const compat = findCompat(compatTold({ argv, env }) ?? "");
  if (compat !== undefined) return isLegacy(compat) ? compat : undefined;
  return words.some(isFlagOf02) ? "0.2" : undefined;
}

function fromFile(path: string, input: ConfigInput): ConfigResult {
  const text = readText(path, input);
  if (!text.ok) return refused(text.error);
  const flags = parseConfigFile(text.value, input.parseYaml);
  if (!flags.ok) return refused(`${flags.error} (${path})`);
  // etcd's own sample still says `discovery-fallback: proxy`, and etcd does not read it.
  const read = flags.value.filter((flag) => flag.name !== "discovery-fallback");
  const note = `loaded server configuration, other configuration command line flags and environment variables will be ignored if provided: ${path}`;
  return finish(
    read.map((flag) => ({ flag, source: file })),
    { input, warnings: [note] },
  );
}

function readText(path: string, { readFile }: ConfigInput): Parsed<string> {
  try {
    return { ok: true, value: readFile(path) };
  } catch (error) {
    return { ok: false, error: `cannot read the config file ${path}: ${(error as Error).message}` };
  }
}

function fromFlags(
  words: readonly TypedFlag[],
  input: ConfigInput & { legacy: LegacyCompat | undefined },
): ConfigResult {
  const warnings: string[] = [];
  const typed = modernised(words, { ...input, warn: (line) => warnings.push(line) });
  const variables = readEnvironment(input.env, {
    typed,
    isLegacy: input.legacy !== undefined,
    warn: (line) => warnings.push(line),
  });
  if (!variables.ok) return refused(variables.error);
  const own = typed.filter((flag) => flag.row !== undefined).map((flag) => ({ flag, source: commandLine }));
  return finish([...own, ...variables.value.map((flag) => ({ flag, source: environment }))], { input, warnings });
}

function modernised(
  words: readonly TypedFlag[],
  { legacy, warn }: { legacy: LegacyCompat | undefined; warn: (line: string) => void },
): readonly TypedFlag[] {
  if (legacy === undefined) return words;
  const compat = { name: "compat", row: legacyRow("compat"), text: legacy };
  return [...modernFlags(words, { compat: legacy, warn }), compat];
}

function finish(
  given: readonly SourcedFlag[],
  { input, warnings }: { input: ConfigInput; warnings: string[] },
): ConfigResult {
  const warn = (line: string) => warnings.push(line);
  const compat = chooseCompat(given);
  if (!compat.ok) return refused(compat.error);
  const settings = resolveSettings(given, { compat: compat.value, warn });
  if (!settings.ok) return isMistyped(settings.error) ? mistyped(settings.error) : refused(settings.error);
  const refusal = checkSettings(settings.value);
  if (refusal !== undefined) return refused(refusal);
  const config = buildConfig(settings.value, { warn, defaultHost: input.defaultHost });
  return config.ok ? { ok: true, config: config.value, warnings } : refused(config.error);
}

/** The release to imitate decides the defaults, so it is looked up before anything else is read. */
function chooseCompat(given: readonly SourcedFlag[]): Parsed<Compat> {
  const text = given.findLast(({ flag }) => flag.name === "compat")?.flag.text ?? "3.7";
  const compat = findCompat(text);
  if (compat !== undefined) return { ok: true, value: compat };
  return {
    ok: false,
    error: `--compat ${text} is not a release this server knows (available: ${compats.join(", ")})`,
  };
}

function lastOf(typed: readonly TypedFlag[], name: string): string | undefined {
  return typed.findLast((flag) => flag.name === name)?.text;
}

function refused(error: string): ConfigResult {
  return { ok: false, error, exitCode: 1 };
}

/** Go's flag package refuses these itself, with the usage and exit code 2. */
function mistyped(error: string): ConfigResult {
  if (error.endsWith("is not a valid flag")) return refused(error);
  return { ok: false, error, exitCode: 2, usage: usageText };
}

function isMistyped(error: string): boolean {
  return /^(invalid (boolean )?value .* for (flag )?-|flag provided but not defined)/.test(error);
}
