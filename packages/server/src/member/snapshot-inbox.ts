/**
 * Snapshots that other members send, brought into safety and installed. The content of the store comes as a stream and becomes
 * a file of its own; the file counts from the moment the log knows the snapshot. Order, each step durable before the next:
 *
 *   content file → consensus core takes it → .snap file → snapshot record in the log → hard state in the log
 *   → store replaced, atomically → content file removed
 *
 * A crash before the hard state leaves the member as it was; a crash after it is completed at the next start.
 */
import type { HardState, Snapshot } from "@etcd-ts/raft";
import { readAppliedIndex } from "../mvcc/index.ts";
import type { Backend, Clock, Disk, DiskFile, Histogram, Logger, Metrics } from "../ports/index.ts";
import type { SnapshotFiles, Wal } from "../wal/index.ts";
import { decodeContent } from "./store-content.ts";

const readBytes = 1024 * 1024;
const suffix = ".store";
/** Name of a whole content file: term, and index. */
const pattern = /^[0-9a-f]{16}-([0-9a-f]{16})\.store$/;

/** Where arriving snapshots are kept. */
export interface SnapshotInboxParts {
  readonly disk: Disk;
  readonly log: Logger;
  readonly clock: Pick<Clock, "nowMs">;
  readonly metrics: Metrics;
  /** Where snapshot files are. */
  readonly dir: string;
}

export class SnapshotInbox {
  readonly #parts: SnapshotInboxParts;
  readonly #fsyncSeconds: Histogram;
  readonly #saveSeconds: Histogram;
  #receiving = 0;

  constructor(parts: SnapshotInboxParts) {
    this.#parts = parts;
    this.#fsyncSeconds = parts.metrics.histogram({
      name: "etcd_snap_db_fsync_duration_seconds",
      help: "Duration of syncing the content of a received snapshot.",
      buckets: Array.from({ length: 14 }, (_, i) => 0.001 * 2 ** i),
    });
    this.#saveSeconds = parts.metrics.histogram({
      name: "etcd_snap_db_save_total_duration_seconds",
      help: "Duration of storing the content of a received snapshot.",
      buckets: Array.from({ length: 10 }, (_, i) => 0.1 * 2 ** i),
    });
  }

  /** Stores the content of a snapshot, checked and durable. Rejects when it is not whole; nothing is left of it then. */
  async receive(snapshot: Snapshot, content: AsyncIterable<Uint8Array>): Promise<void> {
    const { disk, dir, clock } = this.#parts;
    const startedMs = clock.nowMs();
    const path = this.#pathOf(snapshot);
    const partial = `${path}.${this.#receiving++}.tmp`;
    try {
      const file = await disk.open(partial, "create");
      try {
        // Decoding is what checks the content on its way to the file.
        for await (const _ of decodeContent(writtenTo(file, content)));
        const writtenMs = clock.nowMs();
        await file.sync();
        this.#fsyncSeconds.observe((clock.nowMs() - writtenMs) / 1000);
      } finally {
        await file.close();
      }
      await disk.rename(partial, path);
      await disk.syncDirectory(dir);
      this.#saveSeconds.observe((clock.nowMs() - startedMs) / 1000);
    } catch (error) {
      await disk.remove(partial).catch(() => {});
      throw error;
    }
  }

  /**
   * Replaces the store's content by that of a snapshot whose record is in the log, and removes the file and older ones. A
   * newer one stays: it may have arrived meanwhile, and the core may have taken it already. `onReplaced` is the backend's.
   */
  async install(snapshot: Snapshot, backend: Backend, onReplaced?: () => void): Promise<void> {
    const { disk, log } = this.#parts;
    const file = await disk.open(this.#pathOf(snapshot), "read");
    try {
      await backend.replace(decodeContent(chunksOf(file)), onReplaced);
    } finally {
      await file.close();
    }
    log.info("installed snapshot", {
      "snapshot-index": snapshot.metadata.index,
      "snapshot-term": snapshot.metadata.term,
    });
    await this.forgetUpTo(snapshot.metadata.index);
  }

  /** Completes an installation that a crash cut short: the log begins at a snapshot that the store has not reached. */
  async complete(snapshot: Snapshot | undefined, backend: Backend): Promise<void> {
    const { disk, log } = this.#parts;
    const isBehind = snapshot !== undefined && readAppliedIndex(backend) < snapshot.metadata.index;
    if (isBehind && (await disk.stat(this.#pathOf(snapshot))) !== undefined) {
      log.info("completing the installation of a snapshot", { "snapshot-index": snapshot.metadata.index });
      await this.install(snapshot, backend);
    } else await this.clean();
  }

  /** Removes what is left of snapshots that were received. */
  async clean(): Promise<void> {
    const { disk, dir } = this.#parts;
    for (const name of await disk.readdir(dir)) {
      if (name.includes(suffix)) await disk.remove(`${dir}/${name}`);
    }
  }

  /** Removes the content of snapshots that the store has reached: the core takes none of these any more. */
  async forgetUpTo(index: number): Promise<void> {
    const { disk, dir } = this.#parts;
    for (const name of await disk.readdir(dir)) {
      const match = pattern.exec(name);
      if (match !== null && Number.parseInt(match[1]!, 16) <= index) await disk.remove(`${dir}/${name}`);
    }
  }

  #pathOf({ metadata: { term, index } }: Snapshot): string {
    const hex = (value: number) => value.toString(16).padStart(16, "0");
    return `${this.#parts.dir}/${hex(term)}-${hex(index)}${suffix}`;
  }
}

/** Makes a snapshot and the hard state that goes with it durable in the log, in the order given above. */
export async function recordSnapshot(
  { wal, files }: { readonly wal: Pick<Wal, "append" | "saveSnapshot">; readonly files: Pick<SnapshotFiles, "save"> },
  snapshot: Snapshot,
  hardState: HardState,
): Promise<void> {
  await files.save(snapshot);
  await wal.saveSnapshot({ ...snapshot.metadata });
  await new Promise<void>((resolve, reject) => {
    wal.append({ hardState, entries: [], mustSync: true }, (error) =>
      error === undefined ? resolve() : reject(error),
    );
  });
}

/** Passes chunks on when they are in the file. */
async function* writtenTo(file: DiskFile, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of content) {
    await new Promise<void>((resolve, reject) => {
      file.write([chunk], position, (error) => (error === undefined ? resolve() : reject(error)));
    });
    position += chunk.length;
    yield chunk;
  }
}

async function* chunksOf(file: DiskFile): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const chunk = new Uint8Array(readBytes);
    const size = await file.read(chunk, position);
    if (size === 0) return;
    yield chunk.subarray(0, size);
    position += size;
  }
}
