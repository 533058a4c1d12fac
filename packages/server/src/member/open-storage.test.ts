import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, FakeDisk, RecordedMetrics, SeededRandom, survivals } from "../testing/index.ts";
import type { MemberOptions } from "./member-options.ts";
import { openStorage } from "./open-storage.ts";

const identity = { memberId: 1n, clusterId: 2n };

function portsOn(disk: FakeDisk) {
  const log = silentLogger;
  return { clock: new FakeClock(), disk, log, metrics: new RecordedMetrics() };
}

for (const walDir of [undefined, "/logs/etcd/wal"]) {
  for (const survival of survivals) {
    const where = walDir === undefined ? "in the data directory" : "in a directory of its own";
    test(`a log ${where} that was just made is there after a power cut that leaves ${survival}`, async () => {
      const options = { dataDir: "/data/etcd", walDir, maxWals: 5 } as MemberOptions;
      const random = new SeededRandom(1);
      const disk = new FakeDisk({ random });
      const made = await openStorage(portsOn(disk), options, async () => identity);
      assert.equal(made.fresh, true);
      const after = disk.cutPower({ survival });
      const refuse = () => assert.fail("the log is gone and would be made anew");
      const opened = await openStorage(portsOn(after), options, refuse);
      assert.deepEqual(opened.identity, identity);
    });
  }
}
