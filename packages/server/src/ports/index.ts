export type { Backend, BackendEntry, BackendPair, BackendView, Bucket, SliceRange, VisitEntry } from "./backend.ts";
export { backendKeyBytesMax, buckets, isCutSlice } from "./backend.ts";
export { CommitQueue } from "./backend-commits.ts";
export type { BackendCase, BackendUnderTest, ContractAssert } from "./backend-contract.ts";
export { backendContract } from "./backend-contract.ts";
export { BackendOverlay, type Layer, type Staged } from "./backend-overlay.ts";
export type { Clock, Timer } from "./clock.ts";
export type { ClusterDiscovery, DiscoveringMember } from "./cluster-discovery.ts";
export type { DirectoryLock, Disk, DiskDone, DiskErrorCode, DiskFile, DiskStat, OpenMode } from "./disk.ts";
export { DiskError, diskErrorCodes } from "./disk.ts";
export type { DiskCase, DiskUnderTest } from "./disk-contract.ts";
export { diskContract } from "./disk-contract.ts";
export type { DnsResolver, HostLookup, ServiceRecord } from "./dns.ts";
export type { HttpHandler, HttpRequest, HttpResponse, HttpRoute, HttpTls } from "./http.ts";
export type { LogFields, Logger, LogLevel } from "./logger.ts";
export { silentLogger } from "./logger.ts";
export type { Counter, Gauge, Histogram, MetricOptions, Metrics } from "./metrics.ts";
export type {
  ArrivedRequest,
  LinkAnswer,
  LinkHeaders,
  LinkRequest,
  OpenedStream,
  PeerConnector,
  PeerEndpoint,
  StreamEvents,
  StreamSink,
} from "./peer-link.ts";
export { silenceReason } from "./peer-link.ts";
export type { PeerAnswer, PeerClient, PeerIdentity, PeerNetwork, PeerReceiver, PeerRequest } from "./peer-network.ts";
export type { NetworkUnderTest, PeerNetworkCase, RecordedPeer } from "./peer-network-contract.ts";
export { peerNetworkContract, recordingReceiver } from "./peer-network-contract.ts";
export type { AppendCounts, AppendRates, FollowerStats } from "./peer-stats.ts";
export type { Random } from "./random.ts";
export type { TlsConfig, TlsVersion } from "./tls.ts";
export type { WebAnswer, WebClient, WebRequest } from "./web-client.ts";
