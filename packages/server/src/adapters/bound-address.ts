/** Starting a server on an address, and telling which address it got. */
import type { AddressInfo, ListenOptions, Server } from "node:net";

/** Starts listening; rejects when the address cannot be had. */
export function listenOn(server: Server, where: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/** `host:port` of a listening server, or the path of a local socket. */
export function boundAddress(server: Server): string {
  const bound = server.address() as AddressInfo | string;
  if (typeof bound === "string") return bound;
  return bound.address.includes(":") ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}
