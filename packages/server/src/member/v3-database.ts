/**
 * Looks into a bbolt file of etcd 3 for one thing: whether it holds what would be lost without it (keys, leases, users, roles,
 * alarms). What cannot be understood counts as held. Source: bbolt's page layout, little endian:
 *
 *   page    id 8 | flags 2 (1 branch, 2 leaf, 4 meta) | count 2 | overflow 4 | elements…
 *   meta    magic 4 | version 4 | page size 4 | flags 4 | root page 8 | sequence 8 | free list 8 | pages 8 | transaction 8 | …
 *   leaf    flags 4 (1: a bucket) | position 4, from the element | key size 4 | value size 4
 *   bucket  root page 8 (0: the page follows here) | sequence 8
 */
import type { DiskFile } from "../ports/index.ts";

const magic = 0xed0cdaed;
const headBytes = 16;
const elementBytes = 16;
const leafFlag = 2;
const pageBytesMax = 64 * 1024;
/** Places in the log, members, the revision of the users: what every file has. */
const harmless: ReadonlySet<string> = new Set(["meta", "auth", "cluster", "members", "members_removed"]);

/** Whether the file holds state of version 3. */
export async function holdsV3State(file: DiskFile): Promise<boolean> {
  const meta = await newestMeta(file);
  if (meta === undefined) return true;
  const page = await read(file, meta.root * meta.pageBytes, meta.pageBytes);
  if (page === undefined || page.getUint16(8, true) !== leafFlag) return true;
  for (let i = 0; i < page.getUint16(10, true); i++) {
    const bucket = bucketAt(page, headBytes + i * elementBytes);
    if (bucket === undefined) return true;
    if (!harmless.has(bucket.name) && !(await isEmpty(file, meta.pageBytes, bucket.value))) return true;
  }
  return false;
}

async function newestMeta(file: DiskFile): Promise<{ pageBytes: number; root: number } | undefined> {
  let newest: { pageBytes: number; root: number; transaction: number } | undefined;
  const first = await read(file, 0, 4096);
  const pageBytes = first?.getUint32(headBytes + 8, true) ?? 0;
  if (first === undefined || pageBytes < 1024 || pageBytes > pageBytesMax) return undefined;
  for (const page of [first, await read(file, pageBytes, 4096)]) {
    if (page === undefined || page.getUint32(headBytes, true) !== magic) continue;
    const [root, transaction] = [numberAt(page, headBytes + 16), numberAt(page, headBytes + 48)];
    if (newest === undefined || transaction > newest.transaction) newest = { pageBytes, root, transaction };
  }
  return newest;
}

function bucketAt(page: DataView, at: number): { name: string; value: DataView } | undefined {
  if (at + elementBytes > page.byteLength || (page.getUint32(at, true) & 1) === 0) return undefined;
  const start = at + page.getUint32(at + 4, true);
  const [keySize, valueSize] = [page.getUint32(at + 8, true), page.getUint32(at + 12, true)];
  if (start + keySize + valueSize > page.byteLength || valueSize < 16) return undefined;
  const offset = page.byteOffset + start;
  const name = new TextDecoder().decode(new Uint8Array(page.buffer, offset, keySize));
  return { name, value: new DataView(page.buffer, offset + keySize, valueSize) };
}

async function isEmpty(file: DiskFile, pageBytes: number, value: DataView): Promise<boolean> {
  const root = numberAt(value, 0);
  if (root === 0) return value.byteLength >= 16 + headBytes && value.getUint16(16 + 10, true) === 0;
  const page = await read(file, root * pageBytes, headBytes);
  return page !== undefined && page.getUint16(8, true) === leafFlag && page.getUint16(10, true) === 0;
}

async function read(file: DiskFile, position: number, size: number): Promise<DataView | undefined> {
  const bytes = new Uint8Array(size);
  return (await file.read(bytes, position)) === size ? new DataView(bytes.buffer) : undefined;
}

function numberAt(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
