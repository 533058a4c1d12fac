/**
 * What every disk must do, as a list of named cases: a test file runs them against its implementation with
 * `for (const c of diskContract) test(c.name, () => c.run(await open(), assert))`.
 */
import type { ContractAssert } from "./backend-contract.ts";
import { type Disk, DiskError, type DiskErrorCode, type DiskFile, diskErrorCodes } from "./disk.ts";

/** One disk under test and an empty directory on it. */
export interface DiskUnderTest {
  readonly disk: Disk;
  readonly dir: string;
}

/** One thing a disk must do, and how to see that it does. */
export interface DiskCase {
  readonly name: string;
  run(under: DiskUnderTest, assert: ContractAssert): Promise<void>;
}

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const text = (value: Uint8Array): string => String.fromCharCode(...value);

async function contents(file: DiskFile): Promise<string> {
  const all = new Uint8Array(await file.sizeBytes());
  await file.read(all, 0);
  return text(all);
}

async function codeOf(promise: Promise<unknown>): Promise<DiskErrorCode | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    throw error;
  }
}

function ending(start: (done: (error?: DiskError) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === undefined ? resolve() : reject(error)));
  });
}

const directories: readonly DiskCase[] = [
  {
    name: "mkdir() makes missing parents and accepts a present directory",
    async run({ disk, dir }, assert) {
      await disk.mkdir(`${dir}/a/b`);
      await disk.mkdir(`${dir}/a/b`);
      assert.deepEqual(await disk.stat(`${dir}/a/b`).then((found) => found?.kind), "directory");
    },
  },
  {
    name: "readdir() gives sorted names and fails for a missing directory",
    async run({ disk, dir }, assert) {
      for (const name of ["b", "a", "B"]) await (await disk.open(`${dir}/${name}`, "create")).close();
      assert.deepEqual(await disk.readdir(dir), ["B", "a", "b"]);
      assert.equal(await codeOf(disk.readdir(`${dir}/none`)), diskErrorCodes.notFound);
    },
  },
  {
    name: "stat() tells kind and size, and undefined for what is not there",
    async run({ disk, dir }, assert) {
      const file = await disk.open(`${dir}/f`, "create");
      file.writeNow([bytes("abc")], 0);
      await file.close();
      assert.deepEqual(await disk.stat(`${dir}/f`), { kind: "file", sizeBytes: 3 });
      assert.equal(await disk.stat(`${dir}/none`), undefined);
      assert.equal(await disk.stat(`${dir}/f/below`), undefined);
    },
  },
  {
    name: "rename() replaces a file and fails for a missing one",
    async run({ disk, dir }, assert) {
      for (const name of ["a", "b"]) {
        const file = await disk.open(`${dir}/${name}`, "create");
        file.writeNow([bytes(name)], 0);
        await file.close();
      }
      await disk.rename(`${dir}/a`, `${dir}/b`);
      await disk.syncDirectory(dir);
      const renamed = await disk.open(`${dir}/b`, "read");
      assert.equal(await contents(renamed), "a");
      await renamed.close();
      assert.deepEqual(await disk.readdir(dir), ["b"]);
      assert.equal(await codeOf(disk.rename(`${dir}/a`, `${dir}/c`)), diskErrorCodes.notFound);
    },
  },
  {
    name: "remove() takes a file or a whole directory, and nothing when there is none",
    async run({ disk, dir }, assert) {
      await disk.mkdir(`${dir}/a/b`);
      await (await disk.open(`${dir}/a/b/f`, "create")).close();
      await disk.remove(`${dir}/a`);
      await disk.remove(`${dir}/a`);
      assert.deepEqual(await disk.readdir(dir), []);
    },
  },
  {
    name: "lockDirectory() refuses a second holder until the first releases",
    async run({ disk, dir }, assert) {
      const lock = await disk.lockDirectory(dir);
      assert.equal(await codeOf(disk.lockDirectory(dir)), diskErrorCodes.locked);
      await lock.release();
      await (await disk.lockDirectory(dir)).release();
    },
  },
  {
    name: "freeBytes() is a positive number of bytes",
    async run({ disk, dir }, assert) {
      assert.equal((await disk.freeBytes(dir)) > 0, true);
    },
  },
];

const files: readonly DiskCase[] = [
  {
    name: "open() to read or write needs the file, to create empties it",
    async run({ disk, dir }, assert) {
      assert.equal(await codeOf(disk.open(`${dir}/f`, "read")), diskErrorCodes.notFound);
      assert.equal(await codeOf(disk.open(`${dir}/f`, "write")), diskErrorCodes.notFound);
      assert.equal(await codeOf(disk.open(`${dir}/none/f`, "create")), diskErrorCodes.notFound);
      const file = await disk.open(`${dir}/f`, "create");
      file.writeNow([bytes("old")], 0);
      await file.close();
      const again = await disk.open(`${dir}/f`, "create");
      assert.equal(await again.sizeBytes(), 0);
      await again.close();
    },
  },
  {
    name: "writes put all chunks at their position, directly and in the background",
    async run({ disk, dir }, assert) {
      const file = await disk.open(`${dir}/f`, "create");
      file.writeNow([bytes("ab"), bytes(""), bytes("cd")], 0);
      await ending((done) => file.write([bytes("XY"), bytes("Z")], 3, done));
      assert.equal(await contents(file), "abcXYZ");
      file.writeNow([bytes("!")], 8);
      assert.equal(await contents(file), "abcXYZ\0\0!");
      await file.close();
    },
  },
  {
    name: "read() stops at the end of the file",
    async run({ disk, dir }, assert) {
      const file = await disk.open(`${dir}/f`, "create");
      file.writeNow([bytes("abc")], 0);
      assert.equal(await file.read(new Uint8Array(8), 1), 2);
      assert.equal(await file.read(new Uint8Array(8), 3), 0);
      assert.equal(await file.read(new Uint8Array(8), 99), 0);
      await file.close();
    },
  },
  {
    name: "truncate() cuts, and extends with zeros",
    async run({ disk, dir }, assert) {
      const file = await disk.open(`${dir}/f`, "create");
      file.writeNow([bytes("abcdef")], 0);
      await file.truncate(2);
      await file.truncate(4);
      assert.equal(await contents(file), "ab\0\0");
      await file.close();
    },
  },
  {
    name: "preallocate() extends with zeros and never cuts",
    async run({ disk, dir }, assert) {
      const file = await disk.open(`${dir}/f`, "create");
      file.writeNow([bytes("abc")], 0);
      await file.preallocate(5);
      await file.preallocate(1);
      assert.equal(await contents(file), "abc\0\0");
      await file.close();
    },
  },
  {
    name: "every way to sync ends without an error",
    async run({ disk, dir }, assert) {
      const file = await disk.open(`${dir}/f`, "create");
      file.writeNow([bytes("abc")], 0);
      file.datasyncNow();
      await ending((done) => file.datasync(done));
      await file.sync();
      assert.equal(await contents(file), "abc");
      await file.close();
    },
  },
  {
    name: "tryLock() refuses another open file of the same name until the holder is closed, and survives a rename",
    async run({ disk, dir }, assert) {
      const first = await disk.open(`${dir}/f`, "create");
      assert.equal(first.tryLock(), true);
      await disk.rename(`${dir}/f`, `${dir}/g`);
      const second = await disk.open(`${dir}/g`, "write");
      assert.equal(second.tryLock(), false);
      await first.close();
      await first.close();
      assert.equal(second.tryLock(), true);
      await second.close();
    },
  },
];

/** Every disk passes all of these. */
export const diskContract: readonly DiskCase[] = [...directories, ...files];
