import assert from "node:assert/strict";
import { test } from "node:test";
import { type PeerAnswer, type PeerRequest, silentLogger } from "../ports/index.ts";
import { FakeClock, FakeDisk, SeededRandom } from "../testing/index.ts";
import { type Machine, StandBy, type StandbyInfo } from "./stand-by.ts";
import { readStandbyFile, removeStandbyFile, writeStandbyFile } from "./standby-file.ts";

const machine = (name: string, state: string): Machine => {
  return { name, state, clientURL: `http://${name}:2`, peerURL: `http://${name}:1` };
};
const nothing: StandbyInfo = { Running: true, Cluster: [], SyncInterval: 5 };

/** Machines that tell of each other; a url that is not among them does not answer. */
class World {
  machines: unknown = [machine("a", "leader"), machine("b", "follower"), machine("c", "follower")];
  config: unknown = { activeSize: 3, removeDelay: 1800, syncInterval: 2 };
  alive = new Set(["http://a:1", "http://b:1"]);
  readonly asked: string[] = [];
  readonly kept: StandbyInfo[] = [];
  readonly places: (readonly string[])[] = [];
  readonly clock = new FakeClock();

  readonly ask = async (url: string, { path }: PeerRequest): Promise<PeerAnswer> => {
    this.asked.push(url);
    if (!this.alive.has(url)) throw new Error("refused");
    const body = JSON.stringify(path === "/v2/admin/config" ? this.config : this.machines);
    return { status: 200, headers: {}, body: new TextEncoder().encode(body) };
  };

  standBy(info = nothing, peerUrls = ["http://b:1"]): StandBy {
    return new StandBy({
      client: this,
      clock: this.clock,
      log: silentLogger,
      peerUrl: "http://self:1",
      info,
      peerUrls,
      keep: async (news) => void this.kept.push(news),
      onPlace: (urls) => this.places.push(urls),
    });
  }

  async advance(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 4; step++) {
      this.clock.advance(250);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test("StandBy knows the leader as soon as it has started, and keeps what it hears", async () => {
  const world = new World();
  const standBy = world.standBy();
  assert.equal(standBy.leaderUrl, undefined);
  await standBy.start();
  assert.equal(standBy.leaderUrl, "http://a:2");
  assert.deepEqual(world.kept.at(-1), { Running: true, Cluster: world.machines, SyncInterval: 2 });
  standBy.stop();
});

test("StandBy waits while the cluster is full, and tells once that there is a place", async () => {
  const world = new World();
  await world.standBy().start();
  await world.advance(20);
  assert.deepEqual(world.places, []);
  world.config = { activeSize: 4, syncInterval: 2 };
  await world.advance(3);
  assert.deepEqual(world.places, [["http://a:1", "http://b:1", "http://c:1"]]);
  const asked = world.asked.length;
  await world.advance(20);
  assert.equal(world.asked.length, asked);
});

test("StandBy asks as often as the cluster says", async () => {
  const world = new World();
  await world.standBy().start();
  const before = world.asked.length;
  await world.advance(20);
  assert.equal(world.asked.length - before, 2 * 10);
});

test("StandBy takes part again when it is among the machines: it was interrupted when it joined", async () => {
  const world = new World();
  world.machines = [machine("a", "leader"), machine("self", "follower"), machine("c", "follower")];
  await world.standBy().start();
  await world.advance(3);
  assert.equal(world.places.length, 1);
});

test("StandBy goes on with what it knew while nobody answers, and does not join without a leader", async () => {
  const world = new World();
  const known = { Running: true, Cluster: [machine("b", "leader"), machine("x", "follower")], SyncInterval: 1 };
  world.alive.clear();
  const standBy = world.standBy(known, []);
  await standBy.start();
  assert.equal(standBy.leaderUrl, "http://b:2");
  world.alive.add("http://x:1");
  world.machines = [machine("b", "follower"), machine("x", "follower")];
  await world.advance(5);
  assert.equal(standBy.leaderUrl, undefined);
  assert.deepEqual(world.places, []);
  standBy.stop();
});

test("StandBy believes no answer that is no list of machines", async () => {
  for (const machines of [null, {}, [], ["a"], [{ name: "a", state: "leader" }]]) {
    const world = new World();
    world.machines = machines;
    const standBy = world.standBy();
    await standBy.start();
    assert.equal(standBy.leaderUrl, undefined);
    standBy.stop();
  }
});

test("StandBy goes on asking at its own pace when it is told an interval that is none", async () => {
  for (const syncInterval of ["soon", null, -1, {}]) {
    const world = new World();
    world.config = { activeSize: 3, removeDelay: 1800, syncInterval };
    const standBy = world.standBy();
    await standBy.start();
    const before = world.asked.length;
    await world.advance(10);
    assert.ok(world.asked.length - before <= 20, `${world.asked.length - before} questions in ten seconds`);
    standBy.stop();
  }
});

test("the standby file is found again as it was written, or not at all", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  assert.equal(await readStandbyFile(disk, "/d"), undefined);
  const info = { Running: true, Cluster: [machine("a", "leader")], SyncInterval: 5 };
  await writeStandbyFile(disk, "/d", info);
  assert.deepEqual(await readStandbyFile(disk, "/d"), info);
  const after = disk.cutPower();
  assert.deepEqual(await readStandbyFile(after, "/d"), info);
  await removeStandbyFile(after, "/d");
  assert.equal(await readStandbyFile(after, "/d"), undefined);
});

test("a standby file that is damaged counts as none", async () => {
  const disk = new FakeDisk({ random: new SeededRandom(1) });
  for (const text of ["", "{", "null", '{"Running":true}', '{"Running":false,"Cluster":[],"SyncInterval":5}']) {
    await disk.mkdir("/d");
    const file = await disk.open("/d/standby_info", "create");
    file.writeNow([new TextEncoder().encode(text)], 0);
    await file.close();
    assert.equal(await readStandbyFile(disk, "/d"), undefined, text);
  }
});
