export type { HeaderSource } from "./header-cache.ts";
export type { WatchSink } from "./outbox.ts";
export type { WatchHistory } from "./watch-history.ts";
export type { WatchHubOptions, WatchHubParts } from "./watch-hub.ts";
export { WatchHub } from "./watch-hub.ts";
export type { WatchRequest, WatchStream } from "./watch-stream.ts";
export { watchRefusals } from "./watch-stream.ts";
