/**
 * One simulated machine: its disk, its live store, and the member that runs on them, over many lives. A power cut loses
 * what was not synced, in any subset; a killed process loses what was in memory; a supervisor starts it again. What the
 * machine does wrong on purpose (slow or full disks, pauses) is switched from outside.
 */
import {
  type Backend,
  type Member,
  type MemberOptions,
  type MemberPorts,
  registerV3,
  silentLogger,
  startMember,
} from "@etcd-ts/server";
import {
  type DiskOperation,
  FakeDisk,
  MemoryBackend,
  MemoryDisk,
  RecordedMetrics,
  SeededRandom,
} from "@etcd-ts/server/testing";
import { LocalCalls, type Tampering } from "./local-calls.ts";
import type { Network } from "./network.ts";
import { ProcessClock } from "./process-clock.ts";
import type { World } from "./world.ts";

/** How a life ends: power gone, process gone, or an orderly stop. */
export type CrashKind = "power" | "kill" | "stop";

/** A way to make a member wrong on purpose, to see whether the checks notice. Called anew for each life. */
export interface Mutation {
  /** Changes what the member gets of the world; `store` is what its live store has on disk. */
  ports?(ports: MemberPorts, store: MemoryDisk): MemberPorts;
  tampering?(): Tampering;
}

/** What a machine is made of. */
export interface MachineParts {
  readonly world: World;
  readonly seed: number;
  readonly options: MemberOptions;
  readonly index: number;
  readonly network: Network;
  readonly mutation?: Mutation | undefined;
  /** A life began to serve, or ended. */
  onServing(life: Life): void;
  onEnd(life: Life): void;
  /** Something happened that must not happen. */
  onComplaint(text: string): void;
}

/** One run of the member's process. */
export interface Life {
  readonly number: number;
  readonly clock: ProcessClock;
  readonly calls: LocalCalls;
  member: Member | undefined;
  serving: boolean;
  backend: MemoryBackend | undefined;
  /** Its disk failed it: that it ends is no fault of its own. */
  troubled: boolean;
}

const restartMs = 250;

/** The machine. */
export class Machine {
  readonly #parts: MachineParts;
  readonly #random: SeededRandom;
  #disk: FakeDisk;
  readonly #store = new MemoryDisk();
  #life: Life | undefined;
  #lives = 0;
  #stopping: Life | undefined;
  #slowMs = 0;
  #full = false;
  /** Until then nobody starts the process. */
  #downUntilMs = 0;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.#random = new SeededRandom(parts.seed);
    this.#disk = new FakeDisk({ random: this.#random });
  }

  /** The running process, serving or not. */
  get life(): Life | undefined {
    return this.#life;
  }

  get lives(): number {
    return this.#lives;
  }

  /** Starts the process; tries again while that fails for a reason that may pass. */
  start(): void {
    if (this.#life !== undefined) return;
    const { world } = this.#parts;
    if (world.clock.nowMs() < this.#downUntilMs) {
      world.clock.setTimer(this.#downUntilMs - world.clock.nowMs(), () => this.start());
      return;
    }
    const life = this.#newLife();
    this.#life = life;
    const ports = this.#ports(life);
    const onFatal = (error: Error) => this.#failed(life, error);
    const onRemoved = () => this.#end(life, "kill");
    startMember(ports, this.#parts.options, { onFatal, onRemoved }).then(
      (member) => this.#started(life, member),
      (error) => this.#failed(life, error),
    );
  }

  /** Ends the process in the given way and starts it again later. */
  crash(how: CrashKind, downMs: number): void {
    const life = this.#life;
    this.#downUntilMs = Math.max(this.#downUntilMs, this.#parts.world.clock.nowMs() + downMs);
    if (life === undefined) return;
    if (how === "stop" && life.member !== undefined) this.#stop(life, life.member);
    else this.#end(life, how);
  }

  /** Cuts the power as the disk begins its n-th operation from now. */
  cutPowerAfter(operations: number): void {
    this.#disk.cutPowerAt(this.#disk.operationCount + operations);
  }

  /** Every operation of the disk takes up to so much longer for a while. */
  slowDown({ delayMs, forMs }: { delayMs: number; forMs: number }): void {
    this.#slowMs = delayMs;
    this.#parts.world.clock.setTimer(forMs, () => {
      this.#slowMs = 0;
    });
  }

  /** The disk takes nothing more for a while. */
  fillUp(forMs: number): void {
    this.#full = true;
    this.#parts.world.clock.setTimer(forMs, () => {
      this.#full = false;
    });
  }

  /** Ends whatever goes wrong with this machine. */
  heal(): void {
    this.#slowMs = 0;
    this.#full = false;
    this.#downUntilMs = 0;
    this.#disk.cutPowerAt(Number.POSITIVE_INFINITY);
    this.#life?.clock.resume();
  }

  /** Stops the process for a while, as SIGSTOP does; time goes on without it. */
  pause(forMs: number): void {
    const life = this.#life;
    if (life === undefined) return;
    life.clock.pause();
    this.#parts.world.clock.setTimer(forMs, () => life.clock.resume());
  }

  #newLife(): Life {
    this.#lives++;
    const clock = new ProcessClock(this.#parts.world.clock, () => this.#end(life, "power"));
    const calls = new LocalCalls(this.#parts.mutation?.tampering?.());
    const life: Life = {
      number: this.#lives,
      clock,
      calls,
      member: undefined,
      serving: false,
      backend: undefined,
      troubled: false,
    };
    this.#disk = this.#disk.killProcess(this.#diskOptions(life));
    void this.#disk.whenOff.then(() => this.#end(life, "power"));
    return life;
  }

  #diskOptions(life: Life) {
    return {
      random: this.#random,
      clock: life.clock,
      delayMs: (operation: DiskOperation) => this.#delayMs(operation),
      fault: (operation: DiskOperation) => {
        if (!this.#full || !grows(operation)) return undefined;
        life.troubled = true;
        return "ENOSPC" as const;
      },
    };
  }

  #delayMs({ kind }: DiskOperation): number {
    const base = kind === "datasync" || kind === "sync" ? 200 + this.#random.below(1500) : this.#random.below(200);
    return base / 1024 + (this.#slowMs === 0 ? 0 : this.#random.below(this.#slowMs));
  }

  #ports(life: Life): MemberPorts {
    const ports: MemberPorts = {
      clock: life.clock,
      random: this.#random,
      disk: this.#disk,
      log: silentLogger,
      metrics: new RecordedMetrics(),
      openBackend: () => this.#openBackend(life),
      openNetwork: (self) => this.#parts.network.open(this.#parts.index, life, self),
      peerClient: this.#parts.network.clientOf(this.#parts.index, life),
    };
    return this.#parts.mutation?.ports?.(ports, this.#store) ?? ports;
  }

  #openBackend(life: Life): Backend {
    const beforeCommit = () => this.#commitDelay(life);
    life.backend = new MemoryBackend({ disk: this.#store, beforeCommit });
    return life.backend;
  }

  #commitDelay(life: Life): Promise<void> {
    return new Promise((resolve, reject) => {
      const delayMs = 0.5 + this.#delayMs({ kind: "sync", path: "store" }) * 4;
      life.clock.setTimer(delayMs, () => {
        if (!this.#full) return resolve();
        life.troubled = true;
        reject(new Error("the store's disk is full"));
      });
    });
  }

  #started(life: Life, member: Member): void {
    if (life.clock.dead) return;
    life.member = member;
    registerV3(life.calls, { member, log: silentLogger });
    member.published().then(
      () => {
        if (life.clock.dead) return;
        life.serving = true;
        this.#parts.onServing(life);
      },
      () => {},
    );
  }

  #failed(life: Life, error: Error): void {
    if (life.clock.dead) return;
    if (this.#disk.isOff) return this.#end(life, "power");
    if (!life.troubled) this.#parts.onComplaint(`the member ended by itself: ${error.stack}`);
    this.#downUntilMs = Math.max(this.#downUntilMs, this.#parts.world.clock.nowMs() + restartMs);
    this.#end(life, "kill");
  }

  #stop(life: Life, member: Member): void {
    if (this.#stopping === life) return;
    this.#stopping = life;
    this.#close(life);
    member.stop().then(
      () => this.#end(life, "kill"),
      (error) => this.#parts.onComplaint(`stop failed: ${error.stack}`),
    );
  }

  /** Clients lose their connection to this life. */
  #close(life: Life): void {
    if (!life.serving) return;
    life.serving = false;
    this.#parts.onEnd(life);
  }

  #end(life: Life, how: CrashKind): void {
    if (life.clock.dead) return;
    this.#close(life);
    life.clock.kill();
    life.backend?.crash({ keepsRunningCommit: this.#random.below(2) === 0 });
    this.#disk = how === "power" ? this.#disk.cutPower() : this.#disk.killProcess();
    this.#life = undefined;
    this.start();
  }
}

/** Whether an operation needs space of its own. */
function grows({ kind, path }: DiskOperation): boolean {
  if (kind === "preallocate" || kind === "create" || kind === "mkdir") return true;
  // The log writes into space it has taken before.
  return kind === "write" && !/\/wal(\.tmp)?\//.test(path);
}
