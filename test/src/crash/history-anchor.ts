/**
 * What must stay true of the past over a crash: the compacted revision never goes back, and the hash of the content at
 * one revision is the same before and after, as long as no compaction took part of that content away.
 */
import type { EtcdClient } from "../harness/index.ts";

interface Anchor {
  readonly revision: number;
  readonly hash: string;
  readonly compactRevision: string;
}

/** Remembers a hash and the last acknowledged compaction. */
export class HistoryAnchor {
  #anchor: Anchor | undefined;
  /** Highest compaction that was answered. */
  #compacted = 0;
  hashesCompared = 0;
  compactions = 0;

  /** Hashes the content at a revision, to be compared after the crash. */
  async drop(client: EtcdClient, revision: number): Promise<void> {
    const { hash, compactRevision } = await client.call("Maintenance.HashKV", { revision });
    this.#anchor = { revision, hash: String(hash), compactRevision };
  }

  /** Compacts; the caller may take the server's life before the answer comes. */
  async compact(client: EtcdClient, options: { revision: number; physical: boolean }): Promise<void> {
    if (options.revision <= this.#compacted) return;
    await client.call("KV.Compact", options);
    this.#compacted = options.revision;
    this.compactions++;
  }

  /** Compares with the server after a restart. */
  async check(client: EtcdClient): Promise<string[]> {
    return [...(await this.#checkHash(client)), ...(await this.#checkCompaction(client))];
  }

  async #checkHash(client: EtcdClient): Promise<string[]> {
    const anchor = this.#anchor;
    if (anchor === undefined) return [];
    this.#anchor = undefined;
    const now = await client.call("Maintenance.HashKV", { revision: anchor.revision }).catch((error) => error);
    if (now.code === grpcOutOfRange) return [];
    if (now.hash === undefined) return [`HashKV(${anchor.revision}) failed: ${String(now)}`];
    if (now.compactRevision !== anchor.compactRevision) return [];
    this.hashesCompared++;
    const isSame = String(now.hash) === anchor.hash;
    return isSame ? [] : [`HashKV(${anchor.revision}) was ${anchor.hash} and is ${now.hash} after the restart`];
  }

  async #checkCompaction(client: EtcdClient): Promise<string[]> {
    if (this.#compacted < 2) return [];
    const read = (revision: number): Promise<{ code?: number }> =>
      client.call("KV.Range", { key: Buffer.from([0]), revision }).catch((error) => error);
    const [below, at] = [await read(this.#compacted - 1), await read(this.#compacted)];
    const complaints: string[] = [];
    if (below.code !== grpcOutOfRange) complaints.push(`revision ${this.#compacted - 1} is readable though compacted`);
    // A compaction whose answer was lost may have gone further, so only other errors than "compacted" are wrong here.
    if (at.code !== undefined && at.code !== grpcOutOfRange)
      complaints.push(`Range at ${this.#compacted}: ${String(at)}`);
    return complaints;
  }
}

const grpcOutOfRange = 11;
