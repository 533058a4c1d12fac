/**
 * An open file of the fake disk. Writes show at once and wait for a sync; a background sync covers what was written
 * before it started; a failing write leaves a random part of itself; a failing sync loses for ever what it should have
 * made durable, as Linux does, so that code which retries a failed sync is found out.
 */
import { assert } from "../lib/assert.ts";
import { type DiskDone, DiskError, type DiskFile } from "../ports/index.ts";
import { type DiskFault, type DiskOperation, PowerCutError } from "./disk-operation.ts";
import type { FakeDisk } from "./fake-disk.ts";
import type { FakeFile } from "./fake-file.ts";

/** The fake's `DiskFile`. */
export class FakeOpenFile implements DiskFile {
  readonly path: string;
  readonly #disk: FakeDisk;
  readonly #file: FakeFile;
  #closed = false;

  constructor(disk: FakeDisk, path: string, file: FakeFile) {
    this.#disk = disk;
    this.path = path;
    this.#file = file;
  }

  tryLock(): boolean {
    this.#assertOpen();
    this.#disk.begin({ kind: "lock", path: this.path });
    if (this.#file.lockHolder !== undefined) return this.#file.lockHolder === this;
    this.#file.lockHolder = this;
    return true;
  }

  async sizeBytes(): Promise<number> {
    this.#assertOpen();
    return this.#file.sizeBytes;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    this.#assertOpen();
    if (this.#disk.isOff) return new Promise(() => {});
    return this.#file.read(into, position);
  }

  write(chunks: readonly Uint8Array[], position: number, done: DiskDone): void {
    this.#assertOpen();
    const bytes = joined(chunks);
    const operation = this.#writeOperation(bytes, position);
    this.#disk.start(operation, (fault) => done(outcome(operation, () => this.#apply(bytes, position, fault))));
  }

  writeNow(chunks: readonly Uint8Array[], position: number): void {
    this.#assertOpen();
    const bytes = joined(chunks);
    const operation = this.#writeOperation(bytes, position);
    if (this.#disk.isOff) throw new PowerCutError(operation.path);
    const fault = this.#disk.begin(operation);
    this.#raise(outcome(operation, () => this.#apply(bytes, position, fault)));
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#resize("truncate", sizeBytes);
  }

  preallocate(sizeBytes: number): Promise<void> {
    return this.#resize("preallocate", Math.max(sizeBytes, this.#file.sizeBytes));
  }

  datasync(done: DiskDone): void {
    this.#assertOpen();
    const operation: DiskOperation = { kind: "datasync", path: this.path };
    const count = this.#file.unsyncedCount;
    this.#disk.start(operation, (fault) => done(outcome(operation, () => this.#sync(count, fault))));
  }

  datasyncNow(): void {
    this.#assertOpen();
    if (this.#disk.isOff) throw new PowerCutError(this.path);
    const operation: DiskOperation = { kind: "datasync", path: this.path };
    const fault = this.#disk.begin(operation);
    this.#raise(this.#disk.isOff ? undefined : outcome(operation, () => this.#sync(this.#file.unsyncedCount, fault)));
  }

  sync(): Promise<void> {
    this.#assertOpen();
    const count = this.#file.unsyncedCount;
    const operation: DiskOperation = { kind: "sync", path: this.path };
    return new Promise((resolve, reject) => {
      this.#disk.start(operation, (fault) => {
        const error = outcome(operation, () => this.#sync(count, fault));
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return this.#disk.run({ kind: "close", path: this.path }, () => {
      this.#closed = true;
      if (this.#file.lockHolder === this) this.#file.lockHolder = undefined;
    });
  }

  #resize(kind: "truncate" | "preallocate", sizeBytes: number): Promise<void> {
    this.#assertOpen();
    const range = { position: 0, sizeBytes };
    return this.#disk.run({ kind, path: this.path, range }, () => {
      this.#disk.reserve(sizeBytes - this.#file.sizeBytes, this.path);
      this.#file.resize(sizeBytes);
    });
  }

  #apply(bytes: Uint8Array, position: number, fault: DiskFault | undefined): void {
    if (fault === undefined) {
      this.#disk.reserve(position + bytes.byteLength - this.#file.sizeBytes, this.path);
      this.#file.write(bytes, position);
      return;
    }
    if (fault === "skip") return;
    this.#file.write(bytes.subarray(0, this.#disk.tornLength(bytes.byteLength)), position);
    throw new DiskError(fault, { operation: "write", path: this.path });
  }

  #sync(count: number, fault: DiskFault | undefined): void {
    if (fault === undefined) this.#file.sync(count);
    else if (fault !== "skip") {
      this.#file.forgetUnsynced();
      throw new DiskError(fault, { operation: "datasync", path: this.path });
    }
  }

  #writeOperation(bytes: Uint8Array, position: number): DiskOperation {
    return { kind: "write", path: this.path, range: { position, sizeBytes: bytes.byteLength } };
  }

  /** A direct operation ends by throwing: its error, or that the power went off as it began. */
  #raise(error: DiskError | undefined): void {
    if (this.#disk.isOff) throw new PowerCutError(this.path);
    if (error !== undefined) throw error;
  }

  #assertOpen(): void {
    assert(!this.#closed, () => `${this.path} is closed`);
  }
}

function outcome(operation: DiskOperation, act: () => void): DiskError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof DiskError) return error;
    throw new Error(`fake disk failed in ${operation.kind}`, { cause: error });
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
