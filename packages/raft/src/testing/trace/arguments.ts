// Reading the arguments of trace commands. A trace that cannot be read is a mistake in the trace: these throw.

import type { TraceArgument, TraceCase } from "./trace-file.ts";

/** Reads a non-negative integer. */
export function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new SyntaxError(`not a number: ${text}`);
  return Number(text);
}

/** Reads a boolean the way Go does. */
export function parseBool(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new SyntaxError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** The numbers among the arguments without values: node ids. */
export function nodeIds(args: readonly TraceArgument[]): number[] {
  return args.filter(({ values }) => values.length === 0).map(({ key }) => parseCount(key));
}

/** The first argument as a node id. */
export function firstNodeId({ args, directive }: TraceCase): number {
  const first = args[0];
  if (first === undefined) throw new SyntaxError(`no node id: ${directive}`);
  return parseCount(first.key);
}

/** The single value of a named argument. */
export function argumentValue({ args, directive }: TraceCase, key: string): string {
  const value = args.find((arg) => arg.key === key)?.values[0];
  if (value === undefined) throw new SyntaxError(`no argument ${key}: ${directive}`);
  return value;
}
