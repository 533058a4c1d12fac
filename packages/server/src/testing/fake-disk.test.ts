import assert from "node:assert/strict";
import { test } from "node:test";
import { DiskError, diskContract } from "../ports/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeDisk } from "./fake-disk.ts";
import { SeededRandom } from "./seeded-random.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const text = (value: Uint8Array): string => String.fromCharCode(...value);

for (const { name, run } of diskContract) {
  test(`fake disk: ${name}`, async () => {
    const disk = new FakeDisk({ random: new SeededRandom(1) });
    await disk.mkdir("data");
    await run({ disk, dir: "data" }, assert);
  });
}

async function durableFile(disk: FakeDisk): Promise<void> {
  disk.place("d/f", bytes("old "));
}

test("a power cut forgets what was not synced", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  await durableFile(disk);
  const file = await disk.open("d/f", "write");
  file.writeNow([bytes("new!")], 0);
  assert.equal(text(disk.contents("d/f")), "new!");
  assert.equal(text(disk.cutPower({ survival: "none" }).contents("d/f")), "old ");
});

test("a power cut keeps what was synced, whatever else it does", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  await durableFile(disk);
  const file = await disk.open("d/f", "write");
  file.writeNow([bytes("new!")], 0);
  file.datasyncNow();
  assert.equal(text(disk.cutPower({ survival: "none" }).contents("d/f")), "new!");
});

test("a power cut keeps or drops each unsynced sector on its own, never a part of one", async () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const disk = new FakeDisk({ random: new SeededRandom(seed) });
    disk.place("f", new Uint8Array(1024));
    const file = await disk.open("f", "write");
    file.writeNow([new Uint8Array(1024).fill(1)], 0);
    const left = disk.cutPower({ survival: "mixed" }).contents("f");
    for (const sector of [left.subarray(0, 512), left.subarray(512)]) assert.equal(new Set(sector).size, 1);
    seen.add(`${left[0]}${left[512]}`);
  }
  assert.deepEqual([...seen].sort(), ["00", "01", "10", "11"]);
});

test("a new name is lost in a power cut until its directory is synced", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  await disk.mkdir("d");
  await disk.syncDirectory("/");
  const file = await disk.open("d/f", "create");
  await file.sync();
  assert.deepEqual(await disk.cutPower({ survival: "none" }).readdir("d"), []);
});

test("a synced directory keeps its names", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  await disk.mkdir("d");
  await disk.syncDirectory("/");
  await disk.open("d/f", "create");
  await disk.rename("d/f", "d/g");
  await disk.syncDirectory("d");
  assert.deepEqual(await disk.cutPower({ survival: "none" }).readdir("d"), ["g"]);
});

test("a killed process leaves files as they were seen and no locks", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  const file = await disk.open("f", "create");
  file.writeNow([bytes("x")], 0);
  assert.equal(file.tryLock(), true);
  const next = disk.killProcess();
  assert.equal(text(next.contents("f")), "x");
  assert.equal((await next.open("f", "write")).tryLock(), true);
});

test("a failed sync loses its writes even if the next sync succeeds", async () => {
  let failing = true;
  const fault = (operation: { kind: string }) => (failing && operation.kind === "datasync" ? "EIO" : undefined);
  const disk = new FakeDisk({ random: new SeededRandom(1), fault });
  await durableFile(disk);
  const file = await disk.open("d/f", "write");
  file.writeNow([bytes("new!")], 0);
  assert.throws(() => file.datasyncNow(), DiskError);
  failing = false;
  file.datasyncNow();
  assert.equal(text(disk.contents("d/f")), "new!");
  assert.equal(text(disk.cutPower({ survival: "all" }).contents("d/f")), "old ");
});

test("a full disk refuses to grow files", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1), capacityBytes: 4 });
  const file = await disk.open("f", "create");
  file.writeNow([bytes("1234")], 0);
  assert.throws(() => file.writeNow([bytes("5")], 4), { code: "ENOSPC" });
  await assert.rejects(file.preallocate(5), { code: "ENOSPC" });
});

test("operations take as long as the delay hook says, and never end once the power is off", async () => {
  const clock = new FakeClock();
  const delayMs = (operation: { kind: string }) => (operation.kind === "datasync" ? 5 : 0);
  const disk = new FakeDisk({ random: new SeededRandom(1), clock, delayMs });
  const file = await disk.open("f", "create");
  const ended: string[] = [];
  file.datasync(() => ended.push("first"));
  clock.advance(4);
  assert.equal(ended.join(), "");
  clock.advance(1);
  file.datasync(() => ended.push("second"));
  disk.cutPower();
  clock.advance(100);
  assert.equal(ended.join(), "first");
});

test("cutPowerAt() turns the power off as that operation begins", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  const file = await disk.open("f", "create");
  disk.cutPowerAt(disk.operationCount + 2);
  file.writeNow([bytes("x")], 0);
  assert.throws(() => file.datasyncNow(), { name: "PowerCutError" });
  await disk.whenOff;
});

test("the trace names every operation that changes the disk, in order", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  const file = await disk.open("f", "create");
  file.writeNow([bytes("abc")], 2);
  file.datasyncNow();
  await file.close();
  assert.equal(disk.trace(), "create f\nwrite f 2+3\ndatasync f\nclose f\n");
});
