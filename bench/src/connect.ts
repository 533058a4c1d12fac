/**
 * Chooses the generator's client: our own, or Node's as a second opinion.
 */
import type { LoadClient } from "./load-client.ts";
import { connectNodeHttp2 } from "./node-http2-client.ts";
import { connectWire } from "./wire-client.ts";

/** Opens a connection with the client of that name, `wire` or `node`. */
export async function connectLoadClient(endpoint: string, client: string): Promise<LoadClient> {
  return client === "node" ? connectNodeHttp2(endpoint) : connectWire(endpoint);
}
