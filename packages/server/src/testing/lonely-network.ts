/**
 * The network of a member that has nobody to talk to: what is sent is lost and nothing arrives, as on a machine with its
 * cable out. For tests of one member.
 */
import type { PeerAnswer, PeerNetwork } from "../ports/index.ts";

/** Loses everything; asking anybody fails. */
export class LonelyNetwork implements PeerNetwork {
  start(): void {}
  send(): void {}
  flush(): void {}
  sendSnapshot(): void {}
  addPeer(): void {}
  removePeer(): void {}
  activeSinceMs(): undefined {}

  ask(url: string): Promise<PeerAnswer> {
    return Promise.reject(new Error(`nobody answers at ${url}`));
  }

  request(id: bigint): Promise<PeerAnswer> {
    return Promise.reject(new Error(`nobody answers for ${id.toString(16)}`));
  }

  async close(): Promise<void> {}
}
