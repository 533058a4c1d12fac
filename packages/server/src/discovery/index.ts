export { GrpcKeys, type GrpcKeysOptions } from "./grpc-keys.ts";
export { joinByPeers } from "./join-by-peers.ts";
export { clusterFullText } from "./meeting-full.ts";
export { clusterFromSrv, type SrvQuestion } from "./srv-cluster.ts";
export { meetInV2, type V2MeetingPorts } from "./v2-meeting.ts";
export { meetInV3, type V3MeetingPorts } from "./v3-meeting.ts";
