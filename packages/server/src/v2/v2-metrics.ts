/** The v2 key space's metrics, by etcd's names. They are read when somebody scrapes, from counts that are kept anyway. */
import type { Metrics } from "../ports/index.ts";
import type { CountedOperation, V2Stats } from "./stats.ts";

/** Where the counts are. */
export interface CountedV2 {
  readonly stats: V2Stats;
  /** Reads of a node with everything below it, a part of `stats.gets…`. */
  readonly recursiveReads: { readonly success: number; readonly fail: number };
  readonly watchRequests: number;
}

const writes = ["set", "create", "update", "compareAndSwap", "delete", "compareAndDelete"] as const;

/** Declares every metric of a key space. */
export function declareV2Metrics(metrics: Metrics, store: CountedV2): void {
  const declare = (name: string, action: string, read: () => number) =>
    metrics.counterOf({ name: `etcd_debugging_store_${name}`, help: helps[name]!, labels: { action } }, read);
  const readsOf = {
    get: ({ stats, recursiveReads: { success, fail } }: CountedV2) => ({
      success: stats.getsSuccess - success,
      fail: stats.getsFail - fail,
    }),
    getRecursive: ({ recursiveReads }: CountedV2) => recursiveReads,
  };
  for (const [action, read] of Object.entries(readsOf)) {
    declare("reads_total", action, () => read(store).success + read(store).fail);
    declare("reads_failed_total", action, () => read(store).fail);
  }
  for (const action of writes) {
    const operation: CountedOperation = action === "set" ? "sets" : action;
    declare("writes_total", action, () => store.stats[`${operation}Success`] + store.stats[`${operation}Fail`]);
    declare("writes_failed_total", action, () => store.stats[`${operation}Fail`]);
  }
  declareOthers(metrics, store);
}

const helps: Readonly<Record<string, string>> = {
  reads_total: "Total number of reads action by (get/getRecursive), local to this member.",
  reads_failed_total: "Failed read actions by (get/getRecursive), local to this member.",
  writes_total: "Total number of writes (e.g. set/compareAndDelete) seen by this member.",
  writes_failed_total: "Failed write actions (e.g. set/compareAndDelete), seen by this member.",
};

function declareOthers(metrics: Metrics, store: CountedV2): void {
  const name = (text: string) => `etcd_debugging_store_${text}`;
  metrics.counterOf(
    { name: name("expires_total"), help: "Total number of expired keys." },
    () => store.stats.expireCount,
  );
  metrics.counterOf(
    { name: name("watch_requests_total"), help: "Total number of incoming watch requests (new or reestablished)." },
    () => store.watchRequests,
  );
  metrics.gaugeOf({ name: name("watchers"), help: "Count of currently active watchers." }, () => store.stats.watchers);
}
