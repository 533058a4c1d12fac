export { clusterFromSrv, type SrvQuestion } from "./srv-cluster.ts";
