/**
 * Reads `--name value` and `--name` from a command line; the harnesses have a handful of options each, all optional.
 */
export type Options = Readonly<Record<string, string | true>>;

/** Parses arguments; an option that the harness does not know is an error, so that a typing mistake is noticed. */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const options: Record<string, string | true> = {};
  for (let index = 0; index < args.length; index++) {
    const name = (args[index] ?? "").replace(/^--/, "");
    if (!known.includes(name)) throw new Error(`unknown option ${args[index]}; known: --${known.join(" --")}`);
    const value = args[index + 1];
    if (value === undefined || value.startsWith("--")) options[name] = true;
    else {
      options[name] = value;
      index++;
    }
  }
  return options;
}

/** A whole number option, or its default. */
export function numberOption(options: Options, name: string, otherwise: number): number {
  const value = options[name];
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} wants a whole number, not ${value}`);
  return number;
}

/** A text option, or its default. */
export function textOption(options: Options, name: string, otherwise: string): string {
  const value = options[name];
  return typeof value === "string" ? value : otherwise;
}
