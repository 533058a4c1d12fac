export type { FollowerStats } from "./follower-figures.ts";
export type { AppendStats, PeerStats } from "./peer-stats.ts";
export { PeerTransport, type PeerTransportParts } from "./peer-transport.ts";
export { addressMismatch, type CertificateNames } from "./remote-address.ts";
