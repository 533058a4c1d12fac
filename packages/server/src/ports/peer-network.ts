/**
 * The other members as a member sees them: messages that may get lost, one-off requests, and snapshots that are streamed.
 * Everything the consensus core survives (loss, delay, duplication, reordering, members that come and go) may happen here;
 * what may not happen: a message that was never sent, a changed one, or one delivered to another member.
 *
 * Bounds: an implementation queues a bounded amount for each peer and drops the rest, telling `onUnreachable`.
 */
import type { Message } from "@etcd-ts/raft";

/** A one-off request to another member, by the paths of etcd's peer listeners (`/version`, `/leases`, …). */
export interface PeerRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body: Uint8Array;
}

/** Its answer. Headers by lower-case name; only `x-etcd-cluster-id` is always there. */
export interface PeerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** What a network hands to its member. Calls come one at a time, never from inside a call of the network. */
export interface PeerReceiver {
  /** Takes messages that arrived together. Byte fields may be views into a network buffer that nobody writes to again. */
  onMessages(messages: readonly Message[]): void;
  /**
   * Takes a snapshot: the message that announces it and the content, read as fast as it can be stored. Resolves when the
   * member has it in safety; a rejection tells the sender that it failed.
   */
  onSnapshot(message: Message, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Messages to this member are being lost. */
  onUnreachable(id: bigint): void;
  /** Nobody listens where the peer should, and no connection with it is left: its process has ended. A guess, told again and again. */
  onGone(id: bigint): void;
  /** How sending a snapshot ended; owed for every `sendSnapshot`. */
  onSnapshotSent(id: bigint, ok: boolean): void;
  /** Answers a one-off request of another member. */
  onRequest(request: PeerRequest): Promise<PeerAnswer>;
  /** Others say that this member was removed from the cluster for good. */
  onRemoved(): void;
  /** Whether a member was removed: its messages are refused. */
  isRemoved(id: bigint): boolean;
}

/** Who a member is to the others; known before it speaks to any of them. */
export interface PeerIdentity {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  /** The release, `3.7.1`. */
  readonly version: string;
  /** The addresses where others reach it. */
  readonly advertisePeerUrls: readonly string[];
}

/** Asks members by address: also those that are no peers yet. */
export interface PeerClient {
  /** Rejects when nobody answers there in time; any status is an answer. */
  ask(url: string, request: PeerRequest): Promise<PeerAnswer>;
}

/** The network of one member. */
export interface PeerNetwork extends PeerClient {
  /** Begins to deliver; called once. Peers may be added before. */
  start(receiver: PeerReceiver): void;
  /** Sends a message to the peer it names, at the end of the event-loop turn or before. Never blocks; may drop. */
  send(message: Message): void;
  /** Hands over what was sent so far, without waiting for the end of the turn. */
  flush(): void;
  /** Sends a snapshot beside the other messages; its end is told by `onSnapshotSent`. */
  sendSnapshot(message: Message, content: AsyncIterable<Uint8Array>): void;
  /** Makes a member known; a known one gets the new addresses. */
  addPeer(id: bigint, urls: readonly string[]): void;
  /** Forgets a member: its connections end, and what is queued for it is dropped. */
  removePeer(id: bigint): void;
  /** Asks a peer at its addresses, one after the other. Rejects when it is unknown or none answers. */
  request(id: bigint, request: PeerRequest): Promise<PeerAnswer>;
  /** Since when there is a connection with the peer, in `Clock.nowMs`; undefined while there is none. */
  activeSinceMs(id: bigint): number | undefined;
  /** Ends all connections; nothing is delivered afterwards. */
  close(): Promise<void>;
}
