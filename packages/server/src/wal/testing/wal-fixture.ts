/** A log on a fake disk, and short ways to fill and read it, for tests. */
import type { raftpb } from "@etcd-ts/proto";
import { silentLogger } from "../../ports/index.ts";
import { FakeClock, FakeDisk, type FakeDiskOptions, RecordedMetrics, SeededRandom } from "../../testing/index.ts";
import { type OpenedWal, Wal, type WalBatch, type WalDeps, type WalTuning } from "../wal.ts";

/** Where the log is. */
export const walDir = "member/wal";
/** Any metadata. */
export const walMetadata: Uint8Array = Uint8Array.of(8, 1, 16, 2);

/** The fakes a log runs on. */
export interface WalFakes extends WalDeps {
  readonly disk: FakeDisk;
  readonly clock: FakeClock;
  readonly metrics: RecordedMetrics;
}

/** A disk with an empty `member`, durable; its hooks may see the clock. */
export function walFakes(options: (clock: FakeClock) => Partial<FakeDiskOptions> = () => ({})): WalFakes {
  const clock = new FakeClock();
  const disk = new FakeDisk({ random: new SeededRandom(1), ...options(clock) });
  disk.place("member/placed", new Uint8Array(0));
  return { disk, clock, metrics: new RecordedMetrics(), log: silentLogger };
}

/** An entry whose data tells its index. */
export function entryOf(index: number, term = 1, sizeBytes = 0): raftpb.Entry {
  const text = `value ${index} `;
  const data = Uint8Array.from({ length: Math.max(text.length, sizeBytes) }, (_, i) =>
    text.charCodeAt(i % text.length),
  );
  return { type: 0, term, index, data };
}

/** Makes a log in `walDir`. */
export function createWal(fakes: WalDeps, tuning: WalTuning = {}): Promise<Wal> {
  return Wal.create(fakes, { dir: walDir, metadata: walMetadata, ...tuning });
}

/** Opens the log in `walDir`. */
export function openWal(
  fakes: WalDeps,
  tuning: WalTuning & { snapshot?: { index: number; term: number } } = {},
): Promise<OpenedWal> {
  return Wal.open(fakes, { dir: walDir, ...tuning });
}

/** Appends and waits. */
export function appended(wal: Wal, batch: Partial<WalBatch>): Promise<void> {
  return new Promise((resolve, reject) => {
    wal.append({ entries: [], mustSync: true, ...batch }, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

/** The names of the segments there are. */
export async function segmentNames(disk: FakeDisk): Promise<string[]> {
  return (await disk.readdir(walDir)).filter((name) => name.endsWith(".wal"));
}
