/**
 * One simulated machine: its drives and the member that runs on them, over many lives. A process that dies loses what was
 * in memory; a supervisor starts it again, until the member is removed from its cluster: then the machine waits for new
 * drives and a new place. What the machine does wrong on purpose is switched from outside.
 */
import {
  type HttpRoute,
  type Member,
  type MemberOptions,
  type MemberPorts,
  registerV3,
  silentLogger,
  startMember,
  type V2Dialect,
} from "@etcd-ts/server";
import { type MemoryDisk, RecordedMetrics, SeededRandom } from "@etcd-ts/server/testing";
import { Drives, type DriveUser } from "./drives.ts";
import { LocalCalls, type Tampering } from "./local-calls.ts";
import type { Network } from "./network.ts";
import { ProcessClock } from "./process-clock.ts";
import { openV2 } from "./v2-door.ts";
import type { World } from "./world.ts";

/** How a life ends: power gone, process gone, or an orderly stop. */
export type CrashKind = "power" | "kill" | "stop";

/** A way to make a member wrong on purpose, to see whether the checks notice. Called anew for each life. */
export interface Mutation {
  /** Changes what the member gets of the world; `store` is what its live store has on disk. */
  ports?(ports: MemberPorts, store: MemoryDisk): MemberPorts;
  tampering?(): Tampering;
  /** Changes what a member does that has just started, or the way to its v2 API. */
  member?(member: Member, life: Life): void;
  v2?(route: HttpRoute, life: Life): HttpRoute;
}

/** What a machine is made of. */
export interface MachineParts {
  readonly world: World;
  readonly seed: number;
  /** How a founder starts; undefined on a machine that waits until it is wanted. */
  readonly options: MemberOptions | undefined;
  readonly index: number;
  readonly network: Network;
  readonly v2Dialect: V2Dialect;
  readonly mutation?: Mutation | undefined;
  /** A life began to serve, or ended. */
  onServing(life: Life): void;
  onEnd(life: Life): void;
  /** Its member was removed from the cluster. */
  onRemoved(): void;
  /** Something happened that must not happen. */
  onComplaint(text: string): void;
}

/** One run of the member's process. */
export interface Life {
  readonly number: number;
  readonly clock: ProcessClock;
  readonly calls: LocalCalls;
  member: Member | undefined;
  /** The v2 API; there once the member is. */
  v2: HttpRoute | undefined;
  serving: boolean;
  /** Its disk failed it: that it ends is no fault of its own. */
  troubled: boolean;
}

const restartMs = 250;
/** So long it takes to damage a disk. */
const damageMs = 10;

/** The machine. */
export class Machine {
  readonly #parts: MachineParts;
  readonly #random: SeededRandom;
  readonly #drives: Drives;
  /** How it starts; undefined while it has no place in the cluster. */
  #options: MemberOptions | undefined;
  /** That it cannot start is no fault of its own: it has never served, and nobody may be there to tell it its place. */
  #excused = false;
  #life: Life | undefined;
  #lives = 0;
  #stopping: Life | undefined;
  /** Whether it leaves all others behind when it starts next. */
  #forced = false;
  /** Until then nobody starts the process. */
  #downUntilMs = 0;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.#random = new SeededRandom(parts.seed);
    this.#drives = new Drives(this.#random);
    this.#options = parts.options;
  }

  /** The running process, serving or not. */
  get life(): Life | undefined {
    return this.#life;
  }

  get lives(): number {
    return this.#lives;
  }

  /** Whether it has a place in the cluster, so that its member runs or will. */
  get wanted(): boolean {
    return this.#options !== undefined;
  }

  /** Starts the process; tries again while that fails for a reason that may pass. */
  start(): void {
    const options = this.#options;
    if (this.#life !== undefined || options === undefined) return;
    const { world } = this.#parts;
    if (world.clock.nowMs() < this.#downUntilMs) {
      world.clock.setTimer(this.#downUntilMs - world.clock.nowMs(), () => this.start());
      return;
    }
    const life = this.#newLife();
    this.#life = life;
    const ports = this.#ports(life);
    const onFatal = (error: Error) => this.#failed(life, error);
    const onRemoved = () => this.#removed(life);
    startMember(ports, { ...options, forceNewCluster: this.#forced }, { onFatal, onRemoved }).then(
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

  /** Ends the process in the given way; the next leaves all other members behind. */
  forceNewCluster(how: CrashKind): void {
    this.#forced = true;
    this.crash(how, 0);
  }

  /** Takes its place away, and gives it new drives. */
  retire(): void {
    this.#options = undefined;
    if (this.#life !== undefined) this.#end(this.#life, "kill");
    this.#drives.replace();
  }

  /** Gives it a place in a cluster that runs. */
  join(options: MemberOptions): void {
    this.#options = options;
    this.#excused = true;
    this.start();
  }

  /** Kills the process and damages what it wrote; from now on nobody wonders if it does not start. */
  damage(): void {
    this.#excused = true;
    this.crash("kill", damageMs);
    void this.#drives.damage();
  }

  /** Cuts the power as the disk begins its n-th operation from now. */
  cutPowerAfter(operations: number): void {
    this.#drives.cutPowerAfter(operations);
  }

  /** Every operation of the disk takes up to so much longer for a while. */
  slowDown({ delayMs, forMs }: { delayMs: number; forMs: number }): void {
    this.#drives.slowDown(delayMs);
    this.#parts.world.clock.setTimer(forMs, () => this.#drives.slowDown(0));
  }

  /** The disk takes nothing more for a while. */
  fillUp(forMs: number): void {
    this.#drives.fillUp(true);
    this.#parts.world.clock.setTimer(forMs, () => this.#drives.fillUp(false));
  }

  /** Ends whatever goes wrong with this machine. */
  heal(): void {
    this.#drives.heal();
    this.#downUntilMs = 0;
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
      v2: undefined,
      serving: false,
      troubled: false,
    };
    const disk = this.#drives.attach(this.#userOf(life));
    void disk.whenOff.then(() => this.#end(life, "power"));
    return life;
  }

  #userOf(life: Life): DriveUser {
    const onTrouble = () => {
      life.troubled = true;
    };
    return { clock: life.clock, onTrouble };
  }

  #ports(life: Life): MemberPorts {
    const ports: MemberPorts = {
      clock: life.clock,
      random: this.#random,
      disk: this.#drives.disk,
      log: silentLogger,
      metrics: new RecordedMetrics(),
      openBackend: () => this.#drives.openBackend(this.#userOf(life)),
      openNetwork: (self) => this.#parts.network.open(this.#parts.index, life, self),
      peerClient: this.#parts.network.clientOf(this.#parts.index, life),
    };
    return this.#parts.mutation?.ports?.(ports, this.#drives.store) ?? ports;
  }

  #started(life: Life, member: Member): void {
    if (life.clock.dead) return;
    life.member = member;
    registerV3(life.calls, { member, log: silentLogger });
    const { mutation, v2Dialect } = this.#parts;
    const v2 = openV2({ member, clock: life.clock, dialect: v2Dialect });
    life.v2 = mutation?.v2?.(v2, life) ?? v2;
    mutation?.member?.(member, life);
    member.published().then(
      () => {
        if (life.clock.dead) return;
        life.serving = true;
        this.#excused = false;
        this.#forced = false;
        this.#parts.onServing(life);
      },
      () => {},
    );
  }

  #failed(life: Life, error: Error): void {
    if (life.clock.dead) return;
    if (this.#drives.disk.isOff) return this.#end(life, "power");
    if (!life.troubled && !this.#excused) this.#parts.onComplaint(`the member ended by itself: ${error.stack}`);
    this.#downUntilMs = Math.max(this.#downUntilMs, this.#parts.world.clock.nowMs() + restartMs);
    this.#end(life, "kill");
  }

  #removed(life: Life): void {
    if (life.clock.dead) return;
    this.#options = undefined;
    this.#end(life, "kill");
    this.#parts.onRemoved();
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
    this.#drives.detach(how === "power");
    this.#life = undefined;
    this.start();
  }
}
