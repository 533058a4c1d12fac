/**
 * What one simulated machine stores on: the disk of the log and of snapshots, and the live store. Both outlive the
 * processes that use them; a power cut loses what was not synced, in any subset. They can be slow, full, damaged or new.
 */
import type { Backend, Clock } from "@etcd-ts/server";
import { type DiskOperation, FakeDisk, MemoryBackend, MemoryDisk, type SeededRandom } from "@etcd-ts/server/testing";

/** What a process is told of its drives. */
export interface DriveUser {
  readonly clock: Clock;
  /** The disk failed it. */
  onTrouble(): void;
}

const damagedDirectories = ["/data/member/wal", "/data/member/snap"];

/** The drives of one machine. */
export class Drives {
  readonly #random: SeededRandom;
  #disk: FakeDisk;
  #store = new MemoryDisk();
  #backend: MemoryBackend | undefined;
  #slowMs = 0;
  #full = false;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#disk = new FakeDisk({ random, traced: false });
  }

  get disk(): FakeDisk {
    return this.#disk;
  }

  /** What the live store has on its disk. */
  get store(): MemoryDisk {
    return this.#store;
  }

  /** Gives the disk to a new process. */
  attach(user: DriveUser): FakeDisk {
    this.#disk = this.#disk.killProcess({
      random: this.#random,
      clock: user.clock,
      delayMs: (operation) => this.#delayMs(operation),
      fault: (operation) => {
        if (!this.#full || !grows(operation)) return undefined;
        user.onTrouble();
        return "ENOSPC";
      },
    });
    return this.#disk;
  }

  /** Opens the live store for that process. */
  openBackend(user: DriveUser): Backend {
    this.#backend = new MemoryBackend({ disk: this.#store, beforeCommit: () => this.#commitDelay(user) });
    return this.#backend;
  }

  /** The process is gone, and perhaps the power with it. */
  detach(isPowerCut: boolean): void {
    this.#backend?.crash({ keepsRunningCommit: this.#random.below(2) === 0 });
    this.#backend = undefined;
    this.#disk = isPowerCut ? this.#disk.cutPower() : this.#disk.killProcess();
  }

  /** New, empty drives. */
  replace(): void {
    this.#disk = new FakeDisk({ random: this.#random, traced: false });
    this.#store = new MemoryDisk();
  }

  /** Flips a bit somewhere in what was written to the log or to a snapshot. */
  async damage(): Promise<void> {
    const disk = this.#disk;
    const paths: string[] = [];
    for (const directory of damagedDirectories) {
      if ((await disk.stat(directory)) === undefined) continue;
      for (const name of await disk.readdir(directory)) paths.push(`${directory}/${name}`);
    }
    const written = paths.map((path) => ({ path, length: writtenLength(disk.contents(path)) }));
    const choices = written.filter(({ length }) => length > 0);
    if (choices.length === 0) return;
    const { path, length } = choices[this.#random.below(choices.length)]!;
    disk.flip(path, { position: this.#random.below(length), mask: 1 << this.#random.below(8) });
  }

  /** Cuts the power as the disk begins its n-th operation from now. */
  cutPowerAfter(operations: number): void {
    this.#disk.cutPowerAt(this.#disk.operationCount + operations);
  }

  /** From now on every operation takes up to so much longer. */
  slowDown(delayMs: number): void {
    this.#slowMs = delayMs;
  }

  /** From now on the disk takes nothing more, or does again. */
  fillUp(isFull: boolean): void {
    this.#full = isFull;
  }

  /** Ends whatever goes wrong. */
  heal(): void {
    this.#slowMs = 0;
    this.#full = false;
    this.#disk.cutPowerAt(Number.POSITIVE_INFINITY);
  }

  #delayMs({ kind }: Pick<DiskOperation, "kind">): number {
    const base = kind === "datasync" || kind === "sync" ? 200 + this.#random.below(1500) : this.#random.below(200);
    return base / 1024 + (this.#slowMs === 0 ? 0 : this.#random.below(this.#slowMs));
  }

  #commitDelay({ clock, onTrouble }: DriveUser): Promise<void> {
    return new Promise((resolve, reject) => {
      clock.setTimer(0.5 + this.#delayMs({ kind: "sync" }) * 4, () => {
        if (!this.#full) return resolve();
        onTrouble();
        reject(new Error("the store's disk is full"));
      });
    });
  }
}

/** Length without the zeros at the end: files of the log are longer than what was written to them. */
function writtenLength(bytes: Uint8Array): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length;
}

/** Whether an operation needs space of its own. */
function grows({ kind, path }: DiskOperation): boolean {
  if (kind === "preallocate" || kind === "create" || kind === "mkdir") return true;
  // The log writes into space it has taken before.
  return kind === "write" && !/\/wal(\.tmp)?\//.test(path);
}
