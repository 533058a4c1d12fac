export { type Cut, Link, settle } from "./link.ts";
export { ManualClock } from "./manual-clock.ts";
export { MemoryStream } from "./memory-stream.ts";
export { RawLink } from "./raw-link.ts";
export { RawPeer, requestFields } from "./raw-peer.ts";
