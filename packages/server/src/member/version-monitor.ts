/**
 * The leader's part of agreeing on the cluster version: the lowest minor release of all members, raised when the last
 * old member was replaced, never lowered. Members tell their release at `/version`.
 */
import { formatId, type Membership } from "../membership/index.ts";
import type { Clock, Logger, PeerNetwork, Timer } from "../ports/index.ts";
import { versionsIn } from "./plan-start.ts";

const intervalMs = 5_000;
/** What a member really is, where its `/version` shows the release that it passes for; in lower case. */
export const releaseHeader = "x-server-release";
/** Pause until the first decision was made. */
const firstIntervalMs = 500;
/** What a cluster starts with while not everybody has told a release. */
const oldestClusterVersion = "3.0.0";

/** What deciding on the version of the cluster needs of the member. */
export interface VersionMonitorParts {
  readonly memberId: bigint;
  readonly version: string;
  readonly membership: Pick<Membership, "members" | "clusterVersion">;
  readonly network: Pick<PeerNetwork, "request">;
  readonly clock: Clock;
  readonly log: Logger;
  isLeader(): boolean;
  /** Puts a version into the log. */
  propose(version: string): Promise<void>;
}

export class VersionMonitor {
  readonly #parts: VersionMonitorParts;
  #timer: Timer | undefined;
  #stopped = false;
  #looking = false;

  constructor(parts: VersionMonitorParts) {
    this.#parts = parts;
  }

  /** Looks now and then; a member that does not lead does nothing. Called again when this member becomes leader. */
  look(): void {
    this.#timer?.cancel();
    if (!this.#looking && !this.#stopped) void this.#round();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const { isLeader, membership } = this.#parts;
    this.#looking = true;
    if (isLeader()) await this.#decide();
    this.#looking = false;
    if (this.#stopped) return;
    const pauseMs = membership.clusterVersion === undefined ? firstIntervalMs : intervalMs;
    this.#timer = this.#parts.clock.setTimer(pauseMs, () => void this.#round());
  }

  async #decide(): Promise<void> {
    const { membership, log, propose } = this.#parts;
    const current = membership.clusterVersion;
    const lowest = await this.#lowest();
    const next = lowest ?? (current === undefined ? oldestClusterVersion : undefined);
    if (
      next === undefined ||
      (current !== undefined && compareClusterVersions(next, current) <= 0) ||
      !this.#parts.isLeader()
    )
      return;
    log.info(current === undefined ? "setting up initial cluster version" : "updating cluster version", {
      from: current ?? "not_decided",
      to: next,
    });
    await propose(next);
  }

  /** The lowest cluster version all members' releases stand for; undefined when one did not tell. */
  async #lowest(): Promise<string | undefined> {
    const { membership, memberId, version } = this.#parts;
    const others = membership.members.filter(({ id }) => id !== memberId);
    const versions = await Promise.all(others.map(({ id }) => this.#versionOf(id)));
    let lowest = clusterVersionOf(version);
    for (const release of versions) {
      if (release === undefined) return undefined;
      const candidate = clusterVersionOf(release);
      if (compareClusterVersions(candidate, lowest) < 0) lowest = candidate;
    }
    return lowest;
  }

  async #versionOf(id: bigint): Promise<string | undefined> {
    const { network, log } = this.#parts;
    try {
      const answer = await network.request(id, { method: "GET", path: "/version", body: new Uint8Array(0) });
      return answer.headers[releaseHeader] ?? versionsIn(answer.body)?.server;
    } catch (error) {
      log.debug("failed to get a member's version", { "remote-member-id": formatId(id), error: String(error) });
      return undefined;
    }
  }
}

/** The cluster version of a release: its minor version, `3.7.0` for `3.7.1`. */
export function clusterVersionOf(release: string): string {
  const [major, minor] = release.split(".");
  return `${major}.${minor}.0`;
}

/** Orders cluster versions. */
export function compareClusterVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split(".").map(Number));
  return a![0]! - b![0]! || a![1]! - b![1]!;
}
