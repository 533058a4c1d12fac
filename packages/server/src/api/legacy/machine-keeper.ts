/**
 * What the leader of a 0.4 cluster does about its machines, once a second: while more take part than the active size says, one
 * that does not lead is let go, whichever; one that was unreachable for the remove delay, too. They stand by or are gone.
 */
import type { Clock, Logger, Random, Timer } from "../../ports/index.ts";
import type { ClusterMember, V2Member } from "../v2/index.ts";
import { readClusterConfig } from "./cluster-config.ts";
import { dismiss } from "./machine-changes.ts";

/** What keeping machines needs. */
export interface MachineKeeperParts {
  readonly member: V2Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Whether there is a connection with a machine. */
  isReached(id: bigint): boolean;
}

const roundMs = 1_000;

export class MachineKeeper {
  readonly #parts: MachineKeeperParts;
  /** When others were last reached, or this machine began to lead. */
  readonly #reachedMs = new Map<bigint, number>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: MachineKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = this.#parts.clock.setTimer(roundMs, () => void this.#round().finally(() => this.start()));
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const { member, clock, random, log } = this.#parts;
    if (member.leaderId() !== member.id) return this.#reachedMs.clear();
    const { activeSize, removeDelay } = readClusterConfig(member);
    const members = member.members();
    const others = members.filter(({ id }) => id !== member.id);
    this.#note(others);
    const isLost = ({ id }: ClusterMember) => clock.nowMs() - (this.#reachedMs.get(id) ?? 0) > removeDelay * 1_000;
    const surplus = members.length > activeSize ? others[random.below(others.length)] : undefined;
    const leaving = others.find(isLost) ?? surplus;
    if (leaving === undefined) return;
    log.info("removing a machine from the cluster", {
      name: leaving.name,
      machines: members.length,
      "active-size": activeSize,
      reason: isLost(leaving) ? "unreachable" : "more than the active size",
    });
    await dismiss(member, leaving);
  }

  #note(others: readonly ClusterMember[]): void {
    const { clock, isReached } = this.#parts;
    for (const { id } of others) {
      if (isReached(id) || !this.#reachedMs.has(id)) this.#reachedMs.set(id, clock.nowMs());
    }
    for (const id of this.#reachedMs.keys()) {
      if (!others.some((other) => other.id === id)) this.#reachedMs.delete(id);
    }
  }
}
