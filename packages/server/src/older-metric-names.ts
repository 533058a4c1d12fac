/** What 3.4 called metrics that 3.5 renamed; it exports both. */
import type { OlderNames } from "./adapters/index.ts";
import type { ServerConfig } from "./config/index.ts";

const namesOf34: OlderNames = {
  etcd_mvcc_range_total: "etcd_debugging_mvcc_range_total",
  etcd_mvcc_put_total: "etcd_debugging_mvcc_put_total",
  etcd_mvcc_delete_total: "etcd_debugging_mvcc_delete_total",
  etcd_mvcc_txn_total: "etcd_debugging_mvcc_txn_total",
  etcd_mvcc_db_total_size_in_bytes: "etcd_debugging_mvcc_db_total_size_in_bytes",
};

/** The older names that the release exports whose answers this server gives. */
export function olderMetricNames({ compat }: Pick<ServerConfig, "compat">): OlderNames {
  return compat === "3.4" ? namesOf34 : {};
}
