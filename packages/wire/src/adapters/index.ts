export { type ConnectOptions, connect } from "./connect.ts";
export { gzipCodec } from "./gzip-codec.ts";
export { type ListenOptions, listen, type WireListener } from "./listen.ts";
export { NodeByteStream } from "./node-byte-stream.ts";
export { NodeClock } from "./node-clock.ts";
export { type PortMuxTargets, routeSocket } from "./port-mux.ts";
