export { ManualClock } from "./manual-clock.ts";
export { MemoryStream } from "./memory-stream.ts";
