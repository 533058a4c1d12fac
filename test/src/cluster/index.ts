export { type ClusterMember, type ClusterOptions, eventually, type Place, ProcessCluster } from "./process-cluster.ts";
