import assert from "node:assert/strict";
import { test } from "node:test";
import type { raftpb } from "@etcd-ts/proto";
import { appended, createWal, entryOf, openWal, type WalFakes, walDir, walFakes } from "./testing/wal-fixture.ts";
import { WalCorruptionError } from "./wal-errors.ts";

const path = `${walDir}/0000000000000000-0000000000000000.wal`;
/** The vote is an id as they are in life: a hard state that is taken for an entry then has an impossible term. */
const state = { term: 1, vote: 0x8e9e_05c5_2164_694dn, commit: 3 };
const written: readonly raftpb.Entry[] = [entryOf(1), entryOf(2, 1, 700), entryOf(3), entryOf(4)];

/** A closed log of a few records, in a file without preallocated space. */
async function closedLog(): Promise<{ fakes: WalFakes; bytes: Uint8Array }> {
  const fakes = walFakes();
  const wal = await createWal(fakes, { segmentSizeBytes: 0 });
  await appended(wal, { entries: written.slice(0, 3), hardState: state });
  await wal.close();
  return { fakes, bytes: fakes.disk.contents(path) };
}

/** What opening says of a log with these bytes: its entries, or that it is corrupt. */
async function outcome(fakes: WalFakes, bytes: Uint8Array): Promise<readonly raftpb.Entry[] | "corrupt"> {
  fakes.disk.place(path, bytes);
  try {
    const { wal, entries } = await openWal(fakes, { segmentSizeBytes: 0 });
    await wal.close();
    return entries;
  } catch (error) {
    if (error instanceof WalCorruptionError) return "corrupt";
    throw error;
  }
}

test("no flipped bit in a record is taken for anything else than damage (etcd-io/etcd#14102)", async () => {
  const { fakes, bytes } = await closedLog();
  const harmless: number[] = [];
  for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >>> 3]! ^= 1 << (bit & 7);
    const found = await outcome(fakes, damaged);
    if (found === "corrupt") continue;
    assert.deepEqual(found, written.slice(0, 3), `bit ${bit}`);
    harmless.push(bit);
  }
  // Padding, and bits of a header that no reader looks at.
  assert.ok(harmless.length < 0.05 * bytes.byteLength * 8, `${harmless.length} bits`);
});

test("a log cut short anywhere lacks the end or is refused, and never invents anything", async () => {
  const { fakes, bytes } = await closedLog();
  for (let length = 0; length < bytes.byteLength; length++) {
    const found = await outcome(fakes, bytes.slice(0, length));
    if (found !== "corrupt") assert.deepEqual(found, written.slice(0, found.length), `length ${length}`);
  }
});

test("lengths far beyond the file are refused and not allocated", async () => {
  const { fakes, bytes } = await closedLog();
  for (const top of [0x00, 0x7f, 0x80, 0xff]) {
    const damaged = bytes.slice();
    damaged.fill(0xff, 0, 7);
    damaged[7] = top;
    assert.equal(await outcome(fakes, damaged), "corrupt");
  }
});

test("random bytes in place of a log are refused", async () => {
  const { fakes } = await closedLog();
  for (let seed = 1; seed < 200; seed++) {
    const noise = Uint8Array.from({ length: 600 }, (_, i) => (Math.imul(i + 1, seed * 2654435761) >>> 13) & 255);
    assert.equal(await outcome(fakes, noise), "corrupt");
  }
});
