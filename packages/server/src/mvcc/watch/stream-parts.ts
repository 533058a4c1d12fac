/** What a stream has from its hub. */
import type { Clock, Counter } from "../../ports/index.ts";
import type { HeaderCache } from "./header-cache.ts";
import type { HubStream } from "./hub-stream.ts";
import type { ResponseWriter } from "./response-writer.ts";
import type { WatchHistory } from "./watch-history.ts";
import type { Watcher } from "./watcher.ts";

/** The hub as its streams see it. */
export interface StreamParts {
  readonly clock: Clock;
  readonly history: WatchHistory;
  readonly headers: HeaderCache;
  /** Shared by all streams; empty between two calls into a stream. */
  readonly writer: ResponseWriter;
  readonly sentEvents: Counter;
  /** Events that wait, over all streams. */
  readonly pending: { count: number };
  readonly fragmentBytes: number;
  readonly answerBytes: number;
  readonly progressIntervalMs: number;
  readonly watchersPerStreamMax: number;
  readonly pendingPerWatcherMax: number;
  readonly pendingPerStreamMax: number;
  /** Last revision whose events were announced. */
  revision(): number;
  /** Takes a new watcher in, as its position demands. */
  admit(watcher: Watcher): void;
  /** Forgets a watcher that is not ended. */
  remove(watcher: Watcher): void;
  /** Moves a watcher to the history: the events that waited for it are gone. */
  fallBehind(watcher: Watcher): void;
  /** The stream takes events again. */
  wake(stream: HubStream): void;
  /** The stream is closed. */
  closed(stream: HubStream): void;
}
