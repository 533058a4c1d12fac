export { type Cut, Link, settle } from "./link.ts";
export { ManualClock } from "./manual-clock.ts";
export { MemoryStream } from "./memory-stream.ts";
