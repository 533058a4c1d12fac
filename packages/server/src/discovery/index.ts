export { FirstComer } from "./first-comer.ts";
export { GrpcKeys, type GrpcKeysOptions } from "./grpc-keys.ts";
export { ClusterFullError, joinByPeers } from "./join-by-peers.ts";
export { clusterFullText } from "./meeting-full.ts";
export { clusterFromSrv, type SrvQuestion } from "./srv-cluster.ts";
export { StandBy, type StandbyInfo } from "./stand-by.ts";
export { readStandbyFile, removeStandbyFile, writeStandbyFile } from "./standby-file.ts";
export { meetInV2, type V2MeetingPorts } from "./v2-meeting.ts";
export { meetInV3, type V3MeetingPorts } from "./v3-meeting.ts";
