/** Chooses the generator's client. */
import type { LoadClient } from "./load-client.ts";
import { connectNodeHttp2 } from "./node-http2-client.ts";

/** Opens a connection with the client of that name. */
export function connectLoadClient(endpoint: string, _client: string): LoadClient {
  return connectNodeHttp2(endpoint);
}
