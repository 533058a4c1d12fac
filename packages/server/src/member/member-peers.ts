/**
 * What arrives from other members, handed to the parts of this one: messages to the consensus core, questions to whoever
 * answers them. It also keeps the network's peers in step with the membership.
 */
import type { Message } from "@etcd-ts/raft";
import type { Membership, ReadonlyMember } from "../membership/index.ts";
import type { PeerAnswer, PeerNetwork, PeerReceiver, PeerRequest } from "../ports/index.ts";
import type { RaftDriver } from "./raft-driver.ts";

/** Whom arriving messages and questions are handed to. */
export interface MemberPeersParts {
  readonly memberId: bigint;
  readonly network: PeerNetwork;
  readonly membership: Membership;
  readonly driver: RaftDriver;
  answer(request: PeerRequest): Promise<PeerAnswer>;
  receiveSnapshot(message: Message, content: AsyncIterable<Uint8Array>): Promise<void>;
  onGone(id: bigint): void;
  onSnapshotSent(to: bigint): void;
  onRemoved(): void;
}

export class MemberPeers implements PeerReceiver {
  readonly #parts: MemberPeersParts;

  constructor(parts: MemberPeersParts) {
    this.#parts = parts;
  }

  /** Makes the members known and lets the network deliver. */
  start(members: readonly ReadonlyMember[]): void {
    for (const { id, peerUrls } of members) this.#parts.network.addPeer(id, peerUrls);
    this.#parts.network.start(this);
  }

  /** Brings the peers in step with the membership, which has changed from `before`. */
  follow(before: readonly ReadonlyMember[]): void {
    const { network, membership, memberId } = this.#parts;
    for (const { id, peerUrls } of membership.members) if (id !== memberId) network.addPeer(id, peerUrls);
    for (const { id } of before) if (membership.member(id) === undefined && id !== memberId) network.removePeer(id);
  }

  onMessages(messages: readonly Message[]): void {
    this.#parts.driver.step(messages);
  }

  onSnapshot(message: Message, content: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#parts.receiveSnapshot(message, content);
  }

  onUnreachable(id: bigint): void {
    this.#parts.driver.run((node) => node.reportUnreachable(id));
  }

  onGone(id: bigint): void {
    this.#parts.onGone(id);
  }

  onSnapshotSent(id: bigint, ok: boolean): void {
    this.#parts.onSnapshotSent(id);
    this.#parts.driver.run((node) => node.reportSnapshot(id, ok));
  }

  onRequest(request: PeerRequest): Promise<PeerAnswer> {
    return this.#parts.answer(request);
  }

  onRemoved(): void {
    this.#parts.onRemoved();
  }

  isRemoved(id: bigint): boolean {
    return this.#parts.membership.isRemoved(id);
  }
}
