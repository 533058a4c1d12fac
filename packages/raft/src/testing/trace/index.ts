// The interpreter of trace files.
export { diffOf, type ReplayedCase, replayTrace } from "./replay.ts";
export { parseTraceFile, type TraceCase } from "./trace-file.ts";
