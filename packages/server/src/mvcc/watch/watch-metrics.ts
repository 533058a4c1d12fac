/** The watch metrics, by etcd's names. */
import type { Counter, Metrics } from "../../ports/index.ts";

/** Figures that exist anyway, read when they are scraped. */
export interface WatchFigures {
  watchers(): number;
  streams(): number;
  /** Watchers that read the history, or wait for their stream. */
  slowWatchers(): number;
  pendingEvents(): number;
}

/** Registers the series; the counter counts events sent. */
export function registerWatchMetrics(metrics: Metrics, figures: WatchFigures): Counter {
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gaugeOf({ name: `etcd_debugging_mvcc_${name}`, help }, read);
  gauge("watcher_total", "Total number of watchers.", () => figures.watchers());
  gauge("watch_stream_total", "Total number of watch streams.", () => figures.streams());
  gauge("slow_watcher_total", "Total number of unsynced slow watchers.", () => figures.slowWatchers());
  gauge("pending_events_total", "Total number of pending events to be sent.", () => figures.pendingEvents());
  return metrics.counter({
    name: "etcd_debugging_mvcc_events_total",
    help: "Total number of events sent by this member.",
  });
}
