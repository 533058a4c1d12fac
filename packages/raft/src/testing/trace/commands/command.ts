// What every command of an interaction trace is: it does something to the world, prints, and may fail with a text.

import type { TraceEnvironment } from "../environment.ts";
import type { TraceCase } from "../trace-file.ts";

/** Runs one command; returns the text of an error, or undefined. */
export type Command = (environment: TraceEnvironment, of: TraceCase) => string | undefined;
