/**
 * One random life of a log on a disk that loses its power again and again: appends in bursts, overwritten terms,
 * snapshots, releases, a power cut at a random operation (also while opening), then a new start on what is left.
 * After every start what was recovered must be explained by the model; everything follows from the seed.
 */
import type { raftpb, walpb } from "@etcd-ts/proto";
import { type Clock, type Random, silentLogger } from "../../ports/index.ts";
import {
  type DiskFault,
  type DiskOperation,
  FakeClock,
  FakeDisk,
  RecordedMetrics,
  SeededRandom,
} from "../../testing/index.ts";
import { syncModes } from "../sync-policy.ts";
import { Wal, type WalBatch, type WalDeps } from "../wal.ts";
import { LogModel } from "./log-model.ts";

const dir = "member/wal";
const confState = { voters: [1n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
const metadata = Uint8Array.of(8, 1, 16, 2);

/** What a history is made of. */
export interface HistoryOptions {
  readonly seed: number;
  /** So many times the power is cut. */
  readonly cuts: number;
  readonly fault?: (operation: DiskOperation) => DiskFault | undefined;
}

/** The log did what it must never do. */
export class HistoryViolation extends Error {
  override readonly name = "HistoryViolation";
}

/** Lives one history; throws `HistoryViolation` with the seed, or what the log threw. */
export async function liveHistory(options: HistoryOptions): Promise<void> {
  const history = new History(options);
  await history.begin();
  for (let cut = 0; cut < options.cuts; cut++) await history.workUntilPowerCut();
  await history.restart();
}

class History {
  readonly #options: HistoryOptions;
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #tuning: { segmentSizeBytes: number; syncMode: (typeof syncModes)[number]; segmentsKept: number };
  #disk: FakeDisk;
  #model = new LogModel();

  constructor(options: HistoryOptions) {
    this.#options = options;
    const random = new SeededRandom(options.seed);
    this.#random = random;
    const slow = random.below(2) === 0;
    this.#tuning = {
      segmentSizeBytes: 2048 << random.below(4),
      syncMode: syncModes[random.below(syncModes.length)]!,
      segmentsKept: 1 + random.below(3),
    };
    const { fault } = options;
    this.#disk = new FakeDisk({
      random,
      ...(slow ? { clock: this.#clock as Clock, delayMs: () => random.below(3) } : {}),
      ...(fault === undefined ? {} : { fault }),
    });
  }

  async begin(): Promise<void> {
    await this.#settled(this.#disk.mkdir("member"));
    await this.#settled(this.#disk.syncDirectory("/"));
    const wal = await this.#settled(Wal.create(this.#deps(), { dir, metadata, ...this.#tuning }));
    if (wal !== undefined) await this.#settled(wal.close());
  }

  async workUntilPowerCut(): Promise<void> {
    this.#disk.cutPowerAt(this.#disk.operationCount + 1 + this.#random.below(60));
    const wal = await this.#open();
    while (wal !== undefined && !this.#disk.isOff) await this.#step(wal);
    this.#disk = this.#disk.cutPower();
  }

  /** Starts, which checks what is there, and stops again. */
  async restart(): Promise<void> {
    const wal = await this.#open();
    if (wal === undefined) throw this.#violation("the log does not open");
    await this.#settled(wal.close());
  }

  /** Opens and checks the log; undefined when the power goes off meanwhile. */
  async #open(): Promise<Wal | undefined> {
    const deps = this.#deps();
    const snapshots = await this.#settled(Wal.validSnapshots(deps, { dir }));
    if (snapshots === undefined) return undefined;
    const index = this.#model.durableSnapshotIndex();
    if (snapshots.every((found) => found.index < index)) throw this.#violation(`snapshot ${index} is not in the log`);
    const newest = snapshots.at(-1)!;
    const opened = await this.#settled(Wal.open(deps, { dir, snapshot: newest, ...this.#tuning }));
    if (opened === undefined) return undefined;
    const { hardState, entries } = opened;
    const explained = this.#model.explain({ start: newest.index, hardState, entries });
    if (explained === undefined) throw this.#violation(`nothing explains ${entries.length} entries`);
    this.#model = explained;
    return opened.wal;
  }

  async #step(wal: Wal): Promise<void> {
    const choice = this.#random.below(20);
    const { pending } = this.#model.contents;
    if (pending !== undefined || choice === 0) await this.#install(wal, pending);
    else if (choice < 3) await this.#snapshot(wal);
    else {
      const burst = Array.from({ length: 1 + this.#random.below(4) }, () => this.#append(wal));
      if (choice < 16) await this.#settled(Promise.all(burst));
    }
  }

  #append(wal: Wal, batch = this.#batch()): Promise<void> {
    for (const entry of batch.entries) this.#model.add({ kind: "entry", entry });
    if (batch.hardState !== undefined) this.#model.add({ kind: "state", state: batch.hardState });
    const count = this.#model.records.length;
    return new Promise((resolve, reject) => {
      wal.append(batch, (error) => {
        if (this.#disk.isOff) return;
        if (error !== undefined) reject(error);
        else {
          if (batch.mustSync) this.#model.durableCount = Math.max(this.#model.durableCount, count);
          resolve();
        }
      });
    });
  }

  #batch(): WalBatch {
    const { hardState, entries } = this.#model.contents;
    const newTerm = this.#random.below(6) === 0 || hardState.term === 0;
    const term = hardState.term + (newTerm ? 1 : 0);
    const kept = newTerm
      ? hardState.commit + this.#random.below(entries.length - hardState.commit + 1)
      : entries.length;
    const count = this.#random.below(4);
    const made = Array.from({ length: count }, (_, i) => this.#entry(kept + 1 + i, term));
    // Entries of a lost term stay until others take their place, so only the kept ones may be committed now.
    const reach = count > 0 || !newTerm ? kept : Math.min(kept, entries.length);
    const commit = hardState.commit + this.#random.below(reach - hardState.commit + 1);
    const state = { term, vote: BigInt(term), commit };
    const changed = newTerm || commit !== hardState.commit;
    return { entries: made, hardState: changed ? state : undefined, mustSync: count > 0 || newTerm };
  }

  #entry(index: number, term: number): raftpb.Entry {
    const sizes = [0, 1, 40, 300, 700, 3000];
    const size = this.#random.below(sizes[this.#random.below(sizes.length)]! + 1);
    const fill = this.#random.below(256);
    return { type: 0, term, index, data: new Uint8Array(size).fill(fill) };
  }

  /** A snapshot of our own. */
  async #snapshot(wal: Wal): Promise<void> {
    const { commit } = this.#model.contents.hardState;
    const entry = this.#model.contents.entries[commit - 1];
    if (entry === undefined) return;
    if (!(await this.#record(wal, { index: commit, term: entry.term, confState }))) return;
    await this.#settled(wal.release(commit));
  }

  /** A snapshot that comes from a leader of a new term: it replaces the log. */
  async #install(wal: Wal, again: walpb.Snapshot | undefined): Promise<void> {
    const { term, commit } = this.#model.contents.hardState;
    const snapshot = again ?? { index: commit + 1 + this.#random.below(5), term: term + 1, confState };
    if (!(await this.#record(wal, snapshot))) return;
    const hardState = { term: Math.max(term, snapshot.term), vote: 0n, commit: snapshot.index };
    await this.#settled(this.#append(wal, { entries: [], hardState, mustSync: true }));
  }

  /** True when recorded; false when the power goes off first. */
  async #record(wal: Wal, snapshot: walpb.Snapshot): Promise<boolean> {
    this.#model.add({ kind: "snapshot", snapshot });
    const count = this.#model.records.length;
    const saved = wal.saveSnapshot(snapshot).then(() => {
      if (!this.#disk.isOff) this.#model.durableCount = Math.max(this.#model.durableCount, count);
      return true;
    });
    return (await this.#settled(saved)) ?? false;
  }

  /** Waits while simulated time passes; undefined when the power goes off first. */
  async #settled<T>(promise: Promise<T>): Promise<T | undefined> {
    const disk = this.#disk;
    let outcome: { value: T } | { error: unknown } | undefined;
    promise.then(
      (value) => {
        outcome = { value };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    for (let turns = 0; outcome === undefined && !disk.isOff; turns++) {
      if (turns > 10_000) throw this.#violation("the log waits for ever");
      for (let i = 0; i < 12; i++) await undefined;
      if (outcome === undefined) this.#clock.advance(1);
    }
    if (disk.isOff || outcome === undefined) return undefined;
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  #deps(): WalDeps {
    return { disk: this.#disk, clock: this.#clock, metrics: new RecordedMetrics(), log: silentLogger };
  }

  #violation(what: string): HistoryViolation {
    return new HistoryViolation(`seed ${this.#options.seed}: ${what}`);
  }
}
