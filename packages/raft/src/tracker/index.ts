// What a node knows about its peers.
export { Inflights } from "./inflights.ts";
export { Progress, type ProgressStart, ProgressState } from "./progress.ts";
export { type InflightLimits, type Installation, ProgressTracker } from "./progress-tracker.ts";
