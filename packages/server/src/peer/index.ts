export { AppendDecoder, AppendEncoder } from "./append-codec.ts";
export { EntriesEncoder } from "./entries-encoder.ts";
export type { PeerStats } from "./peer-stats.ts";
export { PeerTransport, type PeerTransportParts } from "./peer-transport.ts";
export { addressMismatch, type CertificateNames } from "./remote-address.ts";
export { MessageDecoder, MessageEncoder } from "./stream-codec.ts";
