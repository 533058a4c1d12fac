/**
 * The network between simulated members: every message and request takes its time, and may get lost, come twice or come
 * late. Links can be cut, each direction for itself. A member that is down hears nothing; what was under way to its
 * last life never reaches the next. Messages are written as bytes and read again, as the streams of real members do.
 */

import { type Message, MessageType } from "@etcd-ts/raft";
import type { PeerAnswer, PeerClient, PeerIdentity, PeerNetwork, PeerReceiver, PeerRequest } from "@etcd-ts/server";
import { SeededRandom, WireLinks } from "@etcd-ts/server/testing";
import type { Life } from "./machine.ts";
import type { World } from "./world.ts";

/** How bad the network is; shares are in thousandths. */
export interface Weather {
  readonly lossShare: number;
  readonly duplicateShare: number;
  /** Longest delay beyond the usual. */
  readonly delayMs: number;
}

const fair: Weather = { lossShare: 0, duplicateShare: 0, delayMs: 0 };
const requestTimeoutMs = 1_000;
const chunkMs = 1;

/** One member's life on the network. */
interface Station {
  readonly index: number;
  readonly life: Life;
  readonly identity: PeerIdentity;
  readonly sinceMs: number;
  receiver: PeerReceiver | undefined;
  /** Machines of the members it knows. */
  readonly indexes: Map<bigint, number>;
  readonly links: WireLinks;
}

/** All links. */
export class Network {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #stations = new Map<number, Station>();
  readonly #cut = new Set<string>();
  /** When links were last repaired. */
  #repairedMs = 0;
  #weather = fair;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#random = new SeededRandom(seed);
  }

  /** The address of a machine. */
  static urlOf(index: number): string {
    return `http://10.0.0.${index + 1}:2380`;
  }

  /** The machine at an address. */
  static indexOf(url: string): number {
    return Number(/^http:\/\/10\.0\.0\.(\d+):/.exec(url)?.[1] ?? Number.NaN) - 1;
  }

  /** Makes the network bad for a while. */
  change(weather: Weather, forMs: number): void {
    this.#weather = weather;
    this.#world.clock.setTimer(forMs, () => {
      this.#weather = fair;
    });
  }

  /** Cuts links (`from>to`) for a while. */
  cut(links: readonly (readonly [number, number])[], forMs: number): void {
    const names = links.map(([from, to]) => `${from}>${to}`);
    for (const name of names) this.#cut.add(name);
    this.#world.clock.setTimer(forMs, () => {
      for (const name of names) this.#cut.delete(name);
      this.#repairedMs = this.#world.clock.nowMs();
    });
  }

  /** Repairs everything. */
  heal(): void {
    this.#cut.clear();
    this.#weather = fair;
    this.#repairedMs = this.#world.clock.nowMs();
  }

  /** Questions of a member that is not on the network yet. */
  clientOf(index: number, life: Life): PeerClient {
    return { ask: (url, request) => this.#ask({ index, life }, Network.indexOf(url), request) };
  }

  /** Puts a life on the network. */
  open(index: number, life: Life, identity: PeerIdentity): PeerNetwork {
    const sinceMs = this.#world.clock.nowMs();
    const indexes = new Map<bigint, number>();
    const links = new WireLinks(identity.memberId);
    const station: Station = { index, life, identity, sinceMs, receiver: undefined, indexes, links };
    this.#stations.set(index, station);
    return {
      start: (receiver) => {
        station.receiver = receiver;
      },
      send: (message) => this.#send(station, indexes.get(message.to), message),
      flush: () => {},
      sendSnapshot: (message, content) => void this.#sendSnapshot(station, indexes.get(message.to), message, content),
      addPeer: (id, urls) => void indexes.set(id, Network.indexOf(urls[0] ?? "")),
      removePeer: (id) => void indexes.delete(id),
      request: (id, request) => this.#ask(station, indexes.get(id), request),
      ask: (url, request) => this.#ask(station, Network.indexOf(url), request),
      activeSinceMs: (id) => this.#activeSinceMs(station, indexes.get(id)),
      close: async () => {
        if (this.#stations.get(index) === station) this.#stations.delete(index);
      },
    };
  }

  #send(from: Station, to: number | undefined, message: Message): void {
    if (to === undefined || from.life.clock.dead) return;
    // A forwarded proposal that came twice would be done twice, in etcd too: its streams do not repeat anything.
    const mayRepeat = message.type !== MessageType.prop;
    const copies = mayRepeat && this.#happens(this.#weather.duplicateShare) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#carry(from, to, message);
  }

  #carry(from: Station, to: number, message: Message): void {
    const target = this.#reach(from, to);
    // What is meant for a former member of a machine is refused by its present one, and lost.
    if (target !== undefined && target.identity.memberId !== message.to) return;
    if (target === undefined) {
      if (this.#random.below(4) === 0) this.#later(from.life, () => from.receiver?.onUnreachable(message.to));
      if (this.#isDown(from, to) && this.#random.below(4) === 0)
        this.#later(from.life, () => from.receiver?.onGone(message.to));
      return;
    }
    const carried = from.links.carry(message, target);
    this.#world.clock.setTimer(this.#delayMs(), () => {
      if (this.#stations.get(to) !== target) return;
      target.life.clock.enter(() => {
        if (target.receiver?.isRemoved(message.from) === true) this.#later(from.life, () => from.receiver?.onRemoved());
        else {
          meet(target, from);
          target.receiver?.onMessages([carried]);
        }
      });
    });
  }

  /** Whether a machine answers that nobody listens there. */
  #isDown(from: { index: number }, to: number): boolean {
    return !this.#cut.has(`${from.index}>${to}`) && this.#stations.get(to)?.life.clock.dead !== false;
  }

  /** The station a message reaches, if it leaves at all. */
  #reach(from: { index: number }, to: number | undefined): Station | undefined {
    if (to === undefined || this.#cut.has(`${from.index}>${to}`) || this.#happens(this.#weather.lossShare))
      return undefined;
    const station = this.#stations.get(to);
    return station === undefined || station.life.clock.dead ? undefined : station;
  }

  async #sendSnapshot(
    from: Station,
    to: number | undefined,
    message: Message,
    content: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    let isOver = false;
    const end = (ok: boolean) => {
      if (isOver) return;
      isOver = true;
      this.#later(from.life, () => from.receiver?.onSnapshotSent(message.to, ok));
    };
    const target = this.#reach(from, to);
    if (target?.receiver === undefined || target.identity.memberId !== message.to) return end(false);
    this.#world.clock.setTimer(10 * requestTimeoutMs, () => end(false));
    const chunks = this.#chunks(from, target, content);
    const announced = from.links.carry(message, target);
    meet(target, from);
    target.life.clock.enter(() => {
      target.receiver!.onSnapshot(announced, chunks).then(
        () => end(true),
        () => end(false),
      );
    });
  }

  async *#chunks(from: Station, target: Station, content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of content) {
      await new Promise<void>((resolve) => target.life.clock.setTimer(chunkMs, resolve));
      const isBroken = from.life.clock.dead || this.#cut.has(`${from.index}>${target.index}`);
      if (isBroken) throw new Error("the connection was lost while a snapshot was sent");
      yield chunk;
    }
  }

  #ask(from: { index: number; life: Life }, to: number | undefined, request: PeerRequest): Promise<PeerAnswer> {
    return new Promise((resolve, reject) => {
      const { clock } = from.life;
      clock.setTimer(requestTimeoutMs, () => reject(new Error("no answer in time")));
      const target = this.#reach(from, to);
      if (target === undefined) {
        clock.setTimer(chunkMs, () => reject(new Error("connection refused")));
        return;
      }
      const answered = (answer: PeerAnswer) => {
        if (this.#reach(target, from.index) !== undefined || !this.#cut.has(`${target.index}>${from.index}`)) {
          clock.setTimer(this.#delayMs(), () => resolve(withClusterId(answer, target.identity.clusterId)));
        }
      };
      this.#world.clock.setTimer(this.#delayMs(), () => {
        if (this.#stations.get(target.index) !== target) return;
        target.life.clock.enter(() => void target.receiver?.onRequest(request).then(answered, () => {}));
      });
    });
  }

  #activeSinceMs(from: Station, to: number | undefined): number | undefined {
    const station = to === undefined ? undefined : this.#stations.get(to);
    if (station === undefined || station.life.clock.dead) return undefined;
    if (this.#cut.has(`${from.index}>${to}`) || this.#cut.has(`${to}>${from.index}`)) return undefined;
    return Math.max(from.sinceMs, station.sinceMs, this.#repairedMs);
  }

  /** Calls come from the network one at a time, never from inside a call to it. */
  #later(life: Life, run: () => void): void {
    life.clock.setTimer(0, run);
  }

  #happens(share: number): boolean {
    return share > 0 && this.#random.below(1000) < share;
  }

  #delayMs(): number {
    const usual = 100 + this.#random.below(900);
    return usual / 1024 + (this.#weather.delayMs > 0 ? this.#random.below(this.#weather.delayMs) : 0);
  }
}

/** Whoever speaks tells where it is reached. */
function meet(target: Station, { identity, index }: Station): void {
  if (!target.indexes.has(identity.memberId)) target.indexes.set(identity.memberId, index);
}

function withClusterId(answer: PeerAnswer, clusterId: bigint): PeerAnswer {
  return { ...answer, headers: { ...answer.headers, "x-etcd-cluster-id": clusterId.toString(16) } };
}
