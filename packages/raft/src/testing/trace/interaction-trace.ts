// Traces of whole nodes that talk to each other.

import { commands } from "./commands/index.ts";
import { TraceEnvironment } from "./environment.ts";
import type { TraceCase } from "./trace-file.ts";

/** Returns a function that runs one case after the other in one world and returns what each prints. */
export function interactionTrace(): (of: TraceCase) => string {
  const environment = new TraceEnvironment();
  const { output } = environment;
  return (of) => {
    output.reset();
    const run = commands[of.command];
    const error = run === undefined ? "unknown command" : run(environment, of);
    // Errors are printed even when everything else is silenced.
    if (error !== undefined && output.quiet) return error;
    if (error !== undefined) output.write(error);
    return output.text === "" ? "ok" : output.text;
  };
}
