/**
 * A disk in memory that forgets what was not synced. Every operation has a number and a line in the trace, so that a
 * test can compare the order of writes and syncs with a golden file, and cut the power before any one of them.
 *
 * After `cutPower` (or `cutPowerAt`) this disk is off: background operations never end, direct ones throw
 * `PowerCutError`. What is left is a new disk, chosen by the seeded randomness. `killProcess` is the milder crash:
 * files stay as they were seen, locks and open files are gone. Without a clock everything ends at once (promises in a
 * microtask, callbacks before the call returns); with one, after what `delayMs` says.
 */
import { assert } from "../lib/assert.ts";
import {
  type Clock,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
  type DiskStat,
  diskErrorCodes,
  type OpenMode,
  type Random,
} from "../ports/index.ts";
import type { DiskFault, DiskOperation } from "./disk-operation.ts";
import { FakeDirectory, type FakeNode } from "./fake-directory.ts";
import { FakeFile, type Survival, survivals } from "./fake-file.ts";
import { FakeOpenFile } from "./fake-open-file.ts";

/** How a fake disk behaves; without hooks nothing fails and nothing takes time. */
export interface FakeDiskOptions {
  readonly random: Random;
  readonly clock?: Clock;
  /** How long an operation takes; only with a clock. */
  readonly delayMs?: (operation: DiskOperation) => number;
  readonly fault?: (operation: DiskOperation) => DiskFault | undefined;
  /** Sum of all file lengths beyond which growing fails with ENOSPC. */
  readonly capacityBytes?: number;
  /** Whether operations leave lines in the trace, which nobody reads in a long simulation. Default true. */
  readonly traced?: boolean;
}

const TRACE_LINES_MAX = 1_000_000;
const NEVER: Promise<never> = new Promise(() => {});

/** The disk of one simulated machine. */
export class FakeDisk implements Disk {
  readonly #options: FakeDiskOptions;
  readonly #root: FakeDirectory;
  readonly #trace: string[] = [];
  #operationCount = 0;
  #cutAt = Number.POSITIVE_INFINITY;
  #reportOff: () => void = () => {};
  #isOff = false;
  /** Settles when the power goes off. */
  readonly whenOff: Promise<void>;

  constructor(options: FakeDiskOptions, root: FakeDirectory = new FakeDirectory()) {
    this.#options = options;
    this.#root = root;
    this.whenOff = new Promise((resolve) => {
      this.#reportOff = resolve;
    });
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  /** Operations so far that changed the disk. */
  get operationCount(): number {
    return this.#operationCount;
  }

  /** What was done, one line an operation, in order. */
  trace(): string {
    return this.#trace.map((line) => `${line}\n`).join("");
  }

  /** Turns the power off as operation `number` (the next one is `operationCount + 1`) begins. */
  cutPowerAt(number: number): void {
    this.#cutAt = number;
  }

  /** Turns the power off and gives the disk as it is found afterwards; options of the new one may differ. */
  cutPower(options: Partial<FakeDiskOptions> & { survival?: Survival } = {}): FakeDisk {
    this.#turnOff();
    const { random } = this.#options;
    const survival = options.survival ?? survivals[random.below(survivals.length)]!;
    return new FakeDisk({ ...this.#options, ...options }, this.#root.afterPowerCut(survival, random));
  }

  /** Ends the process that used this disk: files stay as they are, open files and locks are gone. */
  killProcess(options: Partial<FakeDiskOptions> = {}): FakeDisk {
    this.#turnOff();
    unlockAll(this.#root);
    return new FakeDisk({ ...this.#options, ...options }, this.#root);
  }

  /** Flips the bits of `mask` in one byte of a file, on the medium. */
  flip(path: string, at: { position: number; mask: number }): void {
    this.#file(path, "flip").flip(at.position, at.mask);
  }

  /** A file's contents as the system shows them; not traced. */
  contents(path: string): Uint8Array {
    return this.#file(path, "read").toBytes();
  }

  /** Puts a durable file in place, making directories as needed; not traced. */
  place(path: string, bytes: Uint8Array): void {
    const file = new FakeFile();
    file.write(bytes, 0);
    file.sync(1);
    const { parent, name } = this.#makeParents(path);
    parent.change([[name, file]]);
    this.#syncPath(path);
  }

  mkdir(path: string): Promise<void> {
    return this.run({ kind: "mkdir", path }, () => {
      const { parent, name } = this.#makeParents(path);
      if (parent.get(name) === undefined) parent.change([[name, new FakeDirectory()]]);
    });
  }

  async readdir(path: string): Promise<string[]> {
    if (this.#isOff) return NEVER;
    return this.#directory(path, "readdir").names();
  }

  async stat(path: string): Promise<DiskStat | undefined> {
    if (this.#isOff) return NEVER;
    const node = this.#find(path);
    return node === undefined ? undefined : { kind: node.kind, sizeBytes: node.sizeBytes };
  }

  rename(from: string, to: string): Promise<void> {
    return this.run({ kind: "rename", path: `${from} ${to}` }, () => {
      const node = this.#find(from);
      if (node === undefined) throw failure("notFound", "rename", from);
      const source = this.#makeParents(from);
      const target = this.#makeParents(to);
      assert(source.parent === target.parent, "the fake disk renames within one directory");
      source.parent.change([
        [source.name, undefined],
        [target.name, node],
      ]);
    });
  }

  remove(path: string): Promise<void> {
    return this.run({ kind: "remove", path }, () => {
      if (this.#find(path) === undefined) return;
      const { parent, name } = this.#makeParents(path);
      parent.change([[name, undefined]]);
    });
  }

  syncDirectory(path: string): Promise<void> {
    const directory = this.#isOff ? undefined : this.#find(path);
    const count = directory?.kind === "directory" ? directory.unsyncedCount : 0;
    return this.run({ kind: "syncdir", path }, (fault) => {
      if (fault !== "skip") this.#directory(path, "syncdir").sync(count);
    });
  }

  async lockDirectory(path: string): Promise<DirectoryLock> {
    const name = `${path}/LOCK`;
    const file = await this.open(name, (await this.stat(name)) === undefined ? "create" : "write");
    if (!file.tryLock()) throw failure("locked", "lock", name);
    return { release: () => file.close() };
  }

  async freeBytes(): Promise<number> {
    return (this.#options.capacityBytes ?? 2 ** 40) - usedBytes(this.#root);
  }

  open(path: string, mode: OpenMode): Promise<DiskFile> {
    const kind = mode === "create" ? "create" : "open";
    return this.run(
      { kind, path },
      () => new FakeOpenFile(this, path, mode === "create" ? this.#create(path) : this.#file(path, "open")),
    );
  }

  /** Runs a background operation: counted, traced, failed or delayed as the options say. For `FakeOpenFile`. */
  run<T>(operation: DiskOperation, act: (fault: DiskFault | undefined) => T): Promise<T> {
    if (this.#isOff) return NEVER;
    return new Promise((resolve, reject) => {
      this.start(operation, (fault) => {
        try {
          if (fault !== undefined && fault !== "skip")
            throw new DiskError(fault, { operation: operation.kind, path: operation.path });
          resolve(act(fault));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Counts and traces an operation, then calls `end` with its fault: now, or after its delay, or never. */
  start(operation: DiskOperation, end: (fault: DiskFault | undefined) => void): void {
    const fault = this.begin(operation);
    if (this.#isOff) return;
    const delayMs = this.#options.delayMs?.(operation) ?? 0;
    const { clock } = this.#options;
    if (clock === undefined || delayMs === 0) end(fault);
    else
      clock.setTimer(delayMs, () => {
        if (!this.#isOff) end(fault);
      });
  }

  /** Counts and traces an operation and gives its fault; the power may go off here. */
  begin(operation: DiskOperation): DiskFault | undefined {
    if (this.#isOff) return undefined;
    this.#operationCount++;
    if (this.#operationCount >= this.#cutAt) this.#turnOff();
    if (this.#options.traced !== false) this.#addLine(operation);
    return this.#isOff ? undefined : this.#options.fault?.(operation);
  }

  #addLine({ kind, path, range }: DiskOperation): void {
    assert(this.#trace.length < TRACE_LINES_MAX, "the trace of a fake disk is full");
    const suffix = range === undefined ? "" : ` ${range.position}+${range.sizeBytes}`;
    this.#trace.push(`${kind} ${path}${suffix}`);
  }

  /** Throws ENOSPC when growing a file by so many bytes passes the capacity. */
  reserve(byBytes: number, path: string): void {
    const { capacityBytes } = this.#options;
    if (capacityBytes === undefined || byBytes <= 0) return;
    if (usedBytes(this.#root) + byBytes > capacityBytes) throw failure("noSpace", "write", path);
  }

  /** How many of `bytes` a failing write got done. */
  tornLength(bytes: number): number {
    return this.#options.random.below(bytes + 1);
  }

  #turnOff(): void {
    if (this.#isOff) return;
    this.#isOff = true;
    this.#reportOff();
  }

  #create(path: string): FakeFile {
    const { parent, name } = this.#parent(path);
    const present = parent.get(name);
    if (present?.kind === "directory") throw failure("exists", "create", path);
    if (present !== undefined) {
      present.resize(0);
      return present;
    }
    const file = new FakeFile();
    parent.change([[name, file]]);
    return file;
  }

  #find(path: string): FakeNode | undefined {
    let node: FakeNode | undefined = this.#root;
    for (const part of parts(path)) node = node?.kind === "directory" ? node.get(part) : undefined;
    return node;
  }

  #file(path: string, operation: string): FakeFile {
    const node = this.#find(path);
    if (node?.kind !== "file") throw failure("notFound", operation, path);
    return node;
  }

  #directory(path: string, operation: string): FakeDirectory {
    const node = this.#find(path);
    if (node?.kind !== "directory") throw failure("notFound", operation, path);
    return node;
  }

  #parent(path: string): { parent: FakeDirectory; name: string } {
    const names = parts(path);
    const name = names.pop();
    assert(name !== undefined, "a path has a last part");
    return { parent: this.#directory(names.join("/"), "create"), name };
  }

  #syncPath(path: string): void {
    let node: FakeNode | undefined = this.#root;
    for (const part of parts(path)) {
      if (node?.kind !== "directory") return;
      node.sync(node.unsyncedCount);
      node = node.get(part);
    }
  }

  #makeParents(path: string): { parent: FakeDirectory; name: string } {
    let parent = this.#root;
    for (const part of parts(path).slice(0, -1)) {
      const next = parent.get(part) ?? new FakeDirectory();
      if (next.kind !== "directory") throw failure("exists", "mkdir", path);
      if (parent.get(part) === undefined) parent.change([[part, next]]);
      parent = next;
    }
    return { parent, name: parts(path).at(-1)! };
  }
}

function failure(code: keyof typeof diskErrorCodes, operation: string, path: string): DiskError {
  return new DiskError(diskErrorCodes[code], { operation, path });
}

function parts(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function usedBytes(node: FakeNode): number {
  if (node.kind === "file") return node.sizeBytes;
  return node.nodes().reduce((sum, child) => sum + usedBytes(child), 0);
}

function unlockAll(node: FakeNode): void {
  if (node.kind === "file") node.lockHolder = undefined;
  else for (const child of node.nodes()) unlockAll(child);
}
