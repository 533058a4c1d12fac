/** A snapshot being installed, cut off at every single operation of the disk: the member comes back as it was, or with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PutRequest } from "@etcd-ts/proto";
import type { Survival } from "../testing/index.ts";
import { FakeCluster, type FakeMachine } from "./testing/fake-cluster.ts";
import { text } from "./testing/machine.ts";

const options = { snapshotCount: 10, snapshotCatchupEntries: 2 };
/** More entries than the leader keeps. */
const lag = 14;

/** A cluster of three of which one keeps falling behind. */
class Laggards {
  readonly cluster: FakeCluster;
  #written = 0;

  constructor(cluster: FakeCluster) {
    this.cluster = cluster;
  }

  async write(count: number): Promise<void> {
    await this.cluster.until(() => this.cluster.leader !== undefined);
    const { member } = this.cluster.leader!;
    for (let i = 0; i < count; i++) {
      const request = PutRequest.encode(PutRequest.create({ key: text(`key ${this.#written++}`) }));
      await this.cluster.finish(new Promise<void>((resolve) => member!.propose("put", request, () => resolve())));
    }
  }

  hasAll({ member, disk }: FakeMachine): boolean {
    return member !== undefined && !disk.isOff && member.store.currentRevision === this.#written + 1;
  }

  /** Starts a machine whose power fails at an operation of its disk; whether it caught up before. */
  async runUntilCut(machine: FakeMachine, operation: number): Promise<boolean> {
    const { disk } = machine;
    disk.cutPowerAt(disk.operationCount + operation);
    void this.cluster.run(machine).catch(() => {});
    await this.cluster.until(() => disk.isOff || this.hasAll(machine));
    return !disk.isOff;
  }

  /** Received content that is still on the disk. */
  async leftovers({ name, disk }: FakeMachine): Promise<string[]> {
    return (await disk.readdir(`${name}.etcd/member/snap`)).filter((file) => file.includes(".store"));
  }
}

async function cutEverywhere(survivals: readonly Survival[]): Promise<number> {
  const laggards = new Laggards(await FakeCluster.start(3, options));
  const { cluster } = laggards;
  await cluster.until(() => cluster.leader !== undefined);
  const machine = cluster.machines.find((one) => one !== cluster.leader)!;
  for (let operation = 1; operation < 200; operation++) {
    await cluster.kill(machine);
    await laggards.write(lag);
    const isComplete = await laggards.runUntilCut(machine, operation);
    cluster.cutPower(machine, survivals[operation % survivals.length]!);
    await cluster.run(machine);
    await cluster.until(() => laggards.hasAll(machine));
    // The content file goes when the store has been replaced.
    for (let round = 0; round < 5; round++) await cluster.pass(10);
    assert.deepEqual(await laggards.leftovers(machine), []);
    assert.deepEqual(machine.ends, []);
    if (isComplete) return operation;
  }
  assert.fail("the member never caught up");
}

test("a member whose power fails anywhere on the way to a snapshot catches up afterwards", async () => {
  const operations = await cutEverywhere(["none", "mixed"]);
  assert.ok(operations > 15, `only ${operations} operations`);
});
