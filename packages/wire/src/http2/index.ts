export type { ByteListener, ByteStream, PeerCertificate, PeerInfo, TlsPeer, WireClock } from "./byte-stream.ts";
export { type ConnectionOptions, type ConnectionRole, Http2Connection } from "./connection.ts";
export { putFrameHeader, putUint32, typeAndFlags } from "./frame-writer.ts";
export { clientPreface, connectionLost, ErrorCode, Flag, FrameType, frameHeaderSize } from "./frames.ts";
export { type OutgoingField, RepeatedHeaders, writeHeaders } from "./header-writer.ts";
export { defaultLimits, type WireLimits } from "./limits.ts";
export { sniffProtocol } from "./sniff.ts";
export { Http2Stream } from "./stream.ts";
export { Watchdog } from "./watchdog.ts";
