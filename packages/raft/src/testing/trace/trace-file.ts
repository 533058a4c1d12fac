// Trace files: readable scripts of commands and what they print. A case is a line with a command and its arguments,
// optional input lines, a line `----`, and the expected output up to a blank line. `#` starts a comment line; a line that
// ends in a backslash goes on in the next; output that contains blank lines stands between pairs of `----` lines.

/** One argument of a command: `key`, `key=value` or `key=(a,b)`. */
export interface TraceArgument {
  key: string;
  /** Empty for an argument without `=`. */
  values: string[];
}

/** One command of a trace file and what it must print. */
export interface TraceCase {
  /** Line number of the command, from 1. */
  line: number;
  /** The command as written. */
  directive: string;
  command: string;
  args: TraceArgument[];
  input: string;
  expected: string;
}

/** Splits a trace file into its cases. */
export function parseTraceFile(text: string): TraceCase[] {
  const reader = new LineReader(text);
  const cases: TraceCase[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    if (line.trim() === "" || line.trim().startsWith("#")) continue;
    cases.push(readCase(line.trim(), reader));
  }
  return cases;
}

class LineReader {
  readonly #lines: string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split(/\r?\n/);
  }

  /** Number of the line read last, from 1. */
  get line(): number {
    return this.#at;
  }

  next(): string | undefined {
    return this.#lines[this.#at++];
  }
}

function readCase(first: string, reader: LineReader): TraceCase {
  const { line } = reader;
  let directive = first;
  while (directive.endsWith("\\")) directive = `${directive.slice(0, -1)} ${(reader.next() ?? "").trim()}`;
  const input: string[] = [];
  let at = reader.next();
  for (; at !== undefined && at !== "----"; at = reader.next()) input.push(at);
  const expected = at === undefined ? "" : readExpected(reader);
  const { command, args } = parseDirective(directive);
  return { line, directive, command, args, input: input.join("\n").trim(), expected };
}

function readExpected(reader: LineReader): string {
  const lines: string[] = [];
  let at = reader.next();
  if (at !== "----") {
    for (; at !== undefined && at.trim() !== ""; at = reader.next()) lines.push(at);
    return lines.join("\n");
  }
  for (at = reader.next(); at !== undefined; at = reader.next()) {
    if (at === "----" && lines.at(-1) === "----") return lines.slice(0, -1).join("\n");
    lines.push(at);
  }
  return lines.join("\n");
}

const argumentPattern = /\s*([^\s=]+)(?:=(\([^()]*\)|\S*))?/y;

/** Splits a command line into the command and its arguments. */
export function parseDirective(directive: string): { command: string; args: TraceArgument[] } {
  const words: TraceArgument[] = [];
  argumentPattern.lastIndex = 0;
  const text = directive.trim();
  while (argumentPattern.lastIndex < text.length) {
    const at = argumentPattern.lastIndex;
    const match = argumentPattern.exec(text);
    if (match === null) throw new SyntaxError(`cannot parse directive at column ${at + 1}: ${text}`);
    words.push({ key: match[1]!, values: parseValues(match[2]) });
  }
  const [command, ...args] = words;
  return { command: command?.key ?? "", args };
}

function parseValues(text: string | undefined): string[] {
  if (text === undefined) return [];
  if (!text.startsWith("(")) return [text];
  return text
    .slice(1, -1)
    .split(",")
    .map((value) => value.trim());
}
