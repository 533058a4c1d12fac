/**
 * Ports that nobody listens on right now, for servers that cannot be told "any". Between closing and reuse another
 * process could take one; the kernel hands out ports in rotation, so in practice it does not.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** Finds `count` different free loopback ports. */
export async function freePorts(count: number): Promise<number[]> {
  const listeners = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const listener of listeners) {
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    ports.push((listener.address() as AddressInfo).port);
  }
  for (const listener of listeners) {
    listener.close();
    await once(listener, "close");
  }
  return ports;
}
