/**
 * The figures behind `/v2/stats/self` and `/v2/stats/leader`, taken from the messages that pass the transport: appends sent and
 * received, their rates, and what a leader knows about each follower.
 */
import { type Message, MessageType } from "@etcd-ts/raft";
import type { AppendCounts, AppendRates, Clock, FollowerStats } from "../ports/index.ts";
import { FollowerFigures } from "./follower-figures.ts";
import { RateWindow } from "./rate-window.ts";

/** Of a message without its entries, about. */
const messageBytes = 40;
/** Of an entry without its data, about. */
const entryBytes = 12;

export class PeerStats {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #followers = new Map<bigint, FollowerFigures>();
  readonly #sent = new RateWindow();
  readonly #received = new RateWindow();
  #sentCount = 0;
  #receivedCount = 0;

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  /** Begins to count for a peer. */
  follow(id: bigint): void {
    if (!this.#followers.has(id)) this.#followers.set(id, new FollowerFigures(id));
  }

  /** Forgets a peer that is no member any more. */
  forget(id: bigint): void {
    this.#followers.delete(id);
  }

  /** A message was handed to the way to its peer. */
  sending(message: Message): void {
    if (message.type !== MessageType.app) return;
    const nowMs = this.#clock.nowMs();
    this.#sentCount++;
    this.#sent.add(nowMs, sizeOf(message));
    this.#followers.get(message.to)?.sent(message, nowMs);
  }

  /** A message could not be sent. */
  failed(message: Message): void {
    if (message.type === MessageType.app) this.#followers.get(message.to)?.failed();
  }

  /** A message arrived. */
  received(message: Message): void {
    const nowMs = this.#clock.nowMs();
    if (message.type === MessageType.app) {
      this.#receivedCount++;
      this.#received.add(nowMs, sizeOf(message));
    } else if (message.type === MessageType.appResp && !message.reject) {
      this.#followers.get(message.from)?.answered(message.index, nowMs);
    }
  }

  get appends(): AppendCounts & AppendRates {
    const nowMs = this.#clock.nowMs();
    const sent = this.#sent.rates(nowMs);
    const received = this.#received.rates(nowMs);
    return {
      sendAppendRequestCount: this.#sentCount,
      sendPackageRate: sent.packagesPerSecond,
      sendBandwidthRate: sent.bytesPerSecond,
      recvAppendRequestCount: this.#receivedCount,
      recvPackageRate: received.packagesPerSecond,
      recvBandwidthRate: received.bytesPerSecond,
    };
  }

  /** Everybody followed; meaningful on the leader. */
  get followers(): readonly FollowerStats[] {
    return [...this.#followers.values()].map(({ stats }) => stats);
  }
}

function sizeOf({ entries }: Message): number {
  let size = messageBytes;
  for (let i = 0; i < entries.length; i++) size += entryBytes + entries[i]!.data.length;
  return size;
}
