/**
 * A network in memory for any number of members, with faults drawn from a seed: delay (which reorders), loss, duplication,
 * and partitions that are cut per direction. Everything happens through the clock, so the same seed gives the same run.
 * Messages are passed by reference: they are immutable once sent.
 */
import { type Message, MessageType } from "@etcd-ts/raft";
import { assert } from "../lib/assert.ts";
import type {
  Clock,
  PeerAnswer,
  PeerClient,
  PeerIdentity,
  PeerNetwork,
  PeerReceiver,
  PeerRequest,
  Random,
} from "../ports/index.ts";

/** What may go wrong; probabilities are in thousandths. May be changed while the network is in use. */
export interface NetworkFaults {
  delayMsMin: number;
  delayMsMax: number;
  lossPerMille: number;
  duplicatePerMille: number;
}

/** The wires between all members of a simulation. */
export class MemoryNetwork {
  /** In force from the next message on. */
  readonly faults: NetworkFaults;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ends = new Map<bigint, NetworkEnd>();
  /** Cut directions, with the time of every heal since. */
  readonly #cuts = new Set<string>();
  readonly #healedMs = new Map<string, number>();

  constructor(parts: { readonly clock: Clock; readonly random: Random; readonly faults?: Partial<NetworkFaults> }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.faults = { delayMsMin: 1, delayMsMax: 1, lossPerMille: 0, duplicatePerMille: 0, ...parts.faults };
  }

  /** The network of one member; a member that starts again takes the place of its former self. */
  join(self: PeerIdentity): PeerNetwork {
    const end = new NetworkEnd(this, { self, clock: this.#clock });
    this.leave(self.memberId);
    this.#ends.set(self.memberId, end);
    return end;
  }

  /** Takes a member off that ends without closing its network. */
  leave(id: bigint): void {
    void this.#ends.get(id)?.close();
  }

  /** For members that have not joined yet. */
  get client(): PeerClient {
    return { ask: (url, request) => this.ask(undefined, { url, request }) };
  }

  /** Lets nothing pass from one member to the other, in this direction only. */
  cut(from: bigint, to: bigint): void {
    this.#cuts.add(`${from} ${to}`);
  }

  /** Lets members reach each other within each group only. */
  partition(groups: readonly (readonly bigint[])[]): void {
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const from of group) for (const to of other) this.cut(from, to);
      }
    }
  }

  /** Ends all cuts. */
  heal(): void {
    for (const direction of this.#cuts) this.#healedMs.set(direction, this.#clock.nowMs());
    this.#cuts.clear();
  }

  isCut(from: bigint, to: bigint): boolean {
    return this.#cuts.has(`${from} ${to}`);
  }

  /** Since when two members can talk both ways; undefined while they cannot. */
  connectedSinceMs(from: bigint, to: bigint): number | undefined {
    const [a, b] = [this.#ends.get(from), this.#ends.get(to)];
    if (a?.joinedMs === undefined || b?.joinedMs === undefined || this.isCut(from, to) || this.isCut(to, from))
      return undefined;
    const healed = [`${from} ${to}`, `${to} ${from}`].map((direction) => this.#healedMs.get(direction) ?? 0);
    return Math.max(a.joinedMs, b.joinedMs, ...healed);
  }

  /** Carries a message, or loses it; false when the way is cut, or the sender was removed and is told so. */
  carry(message: Message): boolean {
    if (this.isCut(message.from, message.to)) return false;
    if (this.receiverOf(message.to)?.isRemoved(message.from) === true) {
      this.later(() => this.receiverOf(message.from)?.onRemoved());
      return false;
    }
    if (this.#draws(this.faults.lossPerMille)) return true;
    const copies = this.#draws(this.faults.duplicatePerMille) ? 2 : 1;
    for (let i = 0; i < copies; i++) this.later(() => this.receiverOf(message.to)?.onMessages([message]));
    return true;
  }

  /** Carries a question and its answer; `from` is undefined for who has not joined. */
  async ask(from: bigint | undefined, question: { url: string; request: PeerRequest }): Promise<PeerAnswer> {
    const end = [...this.#ends.values()].find(({ self }) => self.advertisePeerUrls.includes(question.url));
    const to = end?.self.memberId;
    const isOpen = () => to !== undefined && (from === undefined || !(this.isCut(from, to) || this.isCut(to, from)));
    await this.travel();
    const receiver = to !== undefined && isOpen() ? this.receiverOf(to) : undefined;
    if (receiver === undefined) throw new Error(`nobody answers at ${question.url}`);
    const answer = await receiver.onRequest(question.request);
    await this.travel();
    if (!isOpen()) throw new Error(`the answer of ${question.url} was lost`);
    const clusterId = end!.self.clusterId.toString(16);
    return { ...answer, headers: { "x-etcd-cluster-id": clusterId, ...answer.headers } };
  }

  /** The member with this id, while it is running. */
  receiverOf(id: bigint): PeerReceiver | undefined {
    return this.#ends.get(id)?.receiver;
  }

  /** Rejects when the member ends: what it was being sent breaks off. */
  endOf(id: bigint): Promise<never> {
    return this.#ends.get(id)?.ended ?? Promise.reject(new Error("the member is not there"));
  }

  /** Runs something when a message would have arrived. */
  later(run: () => void): void {
    const { delayMsMin, delayMsMax } = this.faults;
    const spread = Math.floor((delayMsMax - delayMsMin) * 1_000);
    this.#clock.setTimer(delayMsMin + (spread > 0 ? this.#random.below(spread + 1) / 1_000 : 0), run);
  }

  /** Resolves when a message would have arrived. */
  travel(): Promise<void> {
    return new Promise((resolve) => this.later(resolve));
  }

  #draws(perMille: number): boolean {
    return perMille > 0 && this.#random.below(1_000) < perMille;
  }
}

class NetworkEnd implements PeerNetwork {
  readonly self: PeerIdentity;
  receiver: PeerReceiver | undefined;
  joinedMs: number | undefined;
  /** Rejects when this member ends. */
  readonly ended: Promise<never>;
  #end: (error: Error) => void = () => {};
  readonly #network: MemoryNetwork;
  readonly #clock: Clock;
  readonly #peers = new Map<bigint, readonly string[]>();

  constructor(network: MemoryNetwork, { self, clock }: { self: PeerIdentity; clock: Clock }) {
    this.#network = network;
    this.self = self;
    this.#clock = clock;
    this.ended = new Promise((_resolve, reject) => {
      this.#end = reject;
    });
    this.ended.catch(() => {});
  }

  start(receiver: PeerReceiver): void {
    assert(this.receiver === undefined, "the network was started before");
    this.receiver = receiver;
    this.joinedMs = this.#clock.nowMs();
  }

  send(message: Message): void {
    assert(message.type !== MessageType.snap, "snapshots are sent with their content");
    if (!this.#peers.has(message.to) || this.receiver === undefined) return;
    const isUp = this.#network.receiverOf(message.to) !== undefined;
    if (!this.#network.carry(message) || !isUp) this.#clock.endOfTurn(() => this.receiver?.onUnreachable(message.to));
  }

  flush(): void {}

  sendSnapshot(message: Message, content: AsyncIterable<Uint8Array>): void {
    void this.#transfer(message, content).then(
      () => this.receiver?.onSnapshotSent(message.to, true),
      () => this.receiver?.onSnapshotSent(message.to, false),
    );
  }

  addPeer(id: bigint, urls: readonly string[]): void {
    if (id !== this.self.memberId) this.#peers.set(id, urls);
  }

  removePeer(id: bigint): void {
    this.#peers.delete(id);
  }

  async request(id: bigint, request: PeerRequest): Promise<PeerAnswer> {
    const [url] = this.#peers.get(id) ?? [];
    if (url === undefined) throw new Error(`member ${id.toString(16)} is unknown`);
    return this.ask(url, request);
  }

  ask(url: string, request: PeerRequest): Promise<PeerAnswer> {
    return this.#network.ask(this.self.memberId, { url, request });
  }

  activeSinceMs(id: bigint): number | undefined {
    return this.#peers.has(id) ? this.#network.connectedSinceMs(this.self.memberId, id) : undefined;
  }

  async close(): Promise<void> {
    this.receiver = undefined;
    this.joinedMs = undefined;
    this.#end(new Error("the member ended"));
  }

  /** The content arrives in pieces; a cut on the way ends it. */
  async #transfer(message: Message, content: AsyncIterable<Uint8Array>): Promise<void> {
    const network = this.#network;
    const { to, from } = message;
    const pieces = (async function* () {
      for await (const piece of content) {
        await network.travel();
        if (network.isCut(from, to)) throw new Error("the connection was cut");
        yield piece;
      }
    })();
    await network.travel();
    const receiver = this.#peers.has(to) && !network.isCut(from, to) ? network.receiverOf(to) : undefined;
    if (receiver === undefined) {
      await pieces.return(undefined);
      throw new Error("the peer cannot be reached");
    }
    await Promise.race([receiver.onSnapshot(message, pieces), network.endOf(to)]);
    await network.travel();
  }
}
