/**
 * Loaded into a server before its own modules (`node --import`): makes the files below SHORTAGE_DIR share the number of bytes that
 * the file SHORTAGE_LIMIT holds, as long as there is one. A write that would grow them beyond fails with ENOSPC, as on a full disk, and
 * the free space is told accordingly.
 */
import fs, { type StatsFs } from "node:fs";
import { type FileHandle, open, type statfs } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { usedBytesBelow } from "./used-bytes.ts";

const dir = process.env["SHORTAGE_DIR"] ?? "";
const limitFile = process.env["SHORTAGE_LIMIT"] ?? "";

/** Bytes that are left; infinite without a limit. */
function freeBytes(): number {
  if (!fs.existsSync(limitFile)) return Number.POSITIVE_INFINITY;
  return Number(fs.readFileSync(limitFile, "utf8")) - usedBytesBelow(dir);
}

/** Throws when a write up to `endBytes` would grow the file by more than is left. */
function claim(descriptor: number, endBytes: number): void {
  const growthBytes = endBytes - fs.fstatSync(descriptor).size;
  if (growthBytes <= 0 || growthBytes <= freeBytes()) return;
  throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", errno: -28 });
}

function byteLength(chunks: readonly NodeJS.ArrayBufferView[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
}

const { writev, writevSync } = fs;
fs.writev = ((descriptor: number, chunks: NodeJS.ArrayBufferView[], position: number, done: never) => {
  try {
    claim(descriptor, position + byteLength(chunks));
  } catch (error) {
    return process.nextTick(done, error);
  }
  return writev(descriptor, chunks, position, done);
}) as unknown as typeof fs.writev;
fs.writevSync = (descriptor, chunks, position) => {
  claim(descriptor, (position ?? 0) + byteLength(chunks));
  return writevSync(descriptor, chunks, position);
};

const probe = await open(process.execPath, "r");
const prototype = Object.getPrototypeOf(probe) as FileHandle;
await probe.close();
type Write = (this: FileHandle, data: Uint8Array, from?: number, length?: number, at?: number) => Promise<unknown>;
const write = prototype.write as unknown as Write;
const guarded: Write = async function guarded(data, from, length, at) {
  claim(this.fd, (at ?? 0) + (length ?? data.byteLength));
  return write.call(this, data, from, length, at);
};
prototype.write = guarded as unknown as FileHandle["write"];

const told = async (): Promise<StatsFs> => {
  const base = fs.statfsSync(dir);
  const left = freeBytes();
  if (left === Number.POSITIVE_INFINITY) return base;
  const blocks = Math.max(0, Math.floor(left / 4096));
  return Object.assign(base, { bsize: 4096, bavail: blocks, bfree: blocks });
};
fs.promises.statfs = told as unknown as typeof statfs;
syncBuiltinESMExports();
