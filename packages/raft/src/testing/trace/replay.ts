// Replaying a trace file: every case runs, what it prints is compared with what it must print.

import { confChangeTrace } from "./conf-change-trace.ts";
import { interactionTrace } from "./interaction-trace.ts";
import { quorumTrace } from "./quorum-trace.ts";
import { parseTraceFile, type TraceCase } from "./trace-file.ts";

/** What one case printed. */
export interface ReplayedCase extends TraceCase {
  actual: string;
  passed: boolean;
}

/** Runs every case of a trace file, of whatever kind it is. A case that throws prints the error. */
export function replayTrace(text: string): ReplayedCase[] {
  const cases = parseTraceFile(text);
  const run = runnerFor(cases);
  return cases.map((of) => {
    const actual = trimEnd(printOf(run, of));
    return { ...of, actual, passed: actual === trimEnd(of.expected) };
  });
}

function runnerFor(cases: readonly TraceCase[]): (of: TraceCase) => string {
  const commands = new Set(cases.map(({ command }) => command));
  if (commands.has("committed") || commands.has("vote")) return quorumTrace;
  if (commands.has("simple") || commands.has("enter-joint") || commands.has("leave-joint")) return confChangeTrace();
  return interactionTrace();
}

function printOf(run: (of: TraceCase) => string, of: TraceCase): string {
  try {
    return run(of);
  } catch (error) {
    return `thrown: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Blanks at the ends of lines and after the last line do not count. */
function trimEnd(text: string): string {
  return text.replace(/[ \t]+$/gm, "").replace(/\n+$/, "");
}

/** How many lines of a difference are shown. */
const maxShown = 20;

/** Shows the first lines in which a case differs, with up to two lines before. */
export function diffOf({ expected, actual }: ReplayedCase): string {
  const wanted = trimEnd(expected).split("\n");
  const got = actual.split("\n");
  let start = 0;
  while (start < wanted.length && start < got.length && wanted[start] === got[start]) start++;
  let tail = 0;
  while (tail < Math.min(wanted.length, got.length) - start && wanted.at(-1 - tail) === got.at(-1 - tail)) tail++;
  return [
    ...wanted.slice(Math.max(0, start - 2), start).map((line) => `  ${line}`),
    ...shown("-", wanted.slice(start, wanted.length - tail)),
    ...shown("+", got.slice(start, got.length - tail)),
  ].join("\n");
}

function shown(sign: string, lines: readonly string[]): string[] {
  const first = lines.slice(0, maxShown).map((line) => `${sign} ${line}`);
  return lines.length > maxShown ? [...first, `${sign} (${lines.length - maxShown} more lines)`] : first;
}
