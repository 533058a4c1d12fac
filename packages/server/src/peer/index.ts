export { PeerTransport, type PeerTransportParts } from "./peer-transport.ts";
