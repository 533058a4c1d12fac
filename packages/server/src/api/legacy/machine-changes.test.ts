import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../ports/index.ts";
import { FakeClock, SeededRandom } from "../../testing/index.ts";
import { recordClusterConfig } from "./cluster-config.ts";
import { MachineKeeper } from "./machine-keeper.ts";
import { createStandbyHandler } from "./standby-handler.ts";
import { askHandler, serveDialect, textOf } from "./testing/ask.ts";

const wish = { name: "m1", raftURL: "http://q:1", etcdURL: "http://d:1" };

function joining(dialect: "0.2" | "0.3" | "0.4" = "0.4") {
  const { peer, member } = serveDialect(dialect);
  const join = (fields: object) => askHandler(peer, "POST /join", { json: fields });
  return { peer, member, join };
}

for (const dialect of ["0.2", "0.3", "0.4"] as const) {
  test(`a machine of ${dialect} that asks to join is a member at once, and is listed`, async () => {
    const { member, join } = joining(dialect);
    assert.equal((await join(wish)).status, 200);
    assert.ok(member.members().some(({ peerUrls }) => peerUrls[0] === "http://q:1"));
    assert.ok(member.peek("/1/_etcd/machines/m1")?.value?.includes("q"));
    const again = await join(wish);
    assert.equal(again.status, 200);
    assert.equal(member.members().length, 2);
  });

  test(`a follower of ${dialect} sends a machine that joins to the leader`, async () => {
    const { member, join } = joining(dialect);
    const leader = { id: 7n, name: "m7", peerUrls: ["http://l:1"], clientUrls: ["http://l:2"] };
    const own = member.members();
    member.members = () => [...own, leader];
    member.leader = 7n;
    const { status, headers } = await join(wish);
    assert.deepEqual([status, headers["Location"]], [307, "http://l:1/join"]);
  });
}

test("a machine that joined and has not started yet is listed by the name it told", async () => {
  const { peer, join } = joining();
  await join(wish);
  const machine = '{"name":"m1","state":"follower","clientURL":"","peerURL":"http://q:1"}';
  assert.equal(await textOf(await askHandler(peer, "GET /v2/admin/machines/m1")), `${machine}\n`);
});

test("a full cluster takes nobody in", async () => {
  const { member, join } = joining();
  member.members = () =>
    [1, 2, 3].map((i) => ({ id: BigInt(i), name: `n${i}`, peerUrls: [`http://n${i}:1`], clientUrls: [] }));
  member.leader = member.id;
  member.members = ((own) => () => [{ ...own()[0]!, id: member.id }, ...own().slice(1)])(member.members);
  await member.propose(recordClusterConfig({ activeSize: 3, removeDelay: 1800, syncInterval: 5 }));
  const { status, body } = await join(wish);
  assert.equal(status, 400);
  assert.match(String(body), /^\{"errorCode":103,"message":"Reached the max number of peers in the cluster","index":/);
});

const refused = [
  ["the name of another machine", { ...wish, name: "m0" }, 400, /"errorCode":109,"message":"Peer address has existed"/],
  ["the address of another machine", { ...wish, raftURL: "http://p:1" }, 400, /"errorCode":109/],
  ["no name", { ...wish, name: "" }, 500, /tells its name/],
  ["a name with a slash", { ...wish, name: "a/b" }, 500, /tells its name/],
  ["no address", { ...wish, raftURL: undefined }, 500, /tells its name/],
  ["an address that is none", { ...wish, raftURL: "file:///etc" }, 500, /tells its name/],
] as const;

for (const [what, fields, status, text] of refused) {
  test(`a machine with ${what} does not join, and nothing is changed`, async () => {
    const { member, join } = joining();
    const [members, index] = [member.members(), member.index()];
    const answer = await join(fields);
    assert.equal(answer.status, status);
    assert.match(String(answer.body), text);
    assert.deepEqual([member.members(), member.index()], [members, index]);
  });
}

test("a machine that has lost its disk gets a new place instead of its old one, when it says so", async () => {
  const { member, join } = joining();
  const old = { id: 5n, name: "m1", peerUrls: ["http://r:1"], clientUrls: ["http://r:2"] };
  const [members, removed] = [member.members(), [] as bigint[]];
  member.members = () => [...members, old];
  member.removeMember = async (id) => {
    removed.push(id);
    return "done" as const;
  };
  member.leader = member.id;
  assert.equal((await join({ ...wish, raftURL: "http://r:1" })).status, 200);
  assert.deepEqual(removed, []);
  await join({ ...wish, raftURL: "http://r:1", replaces: "5" });
  assert.deepEqual(removed, [5n]);
});

function keeping(count: number, config: object) {
  const { member } = serveDialect("0.4");
  const clock = new FakeClock();
  let others = Array.from({ length: count - 1 }, (_, i) => {
    return { id: BigInt(i + 1), name: `n${i}`, peerUrls: [`http://n${i}:1`], clientUrls: [] };
  });
  const own = member.members();
  member.members = () => [...own, ...others];
  const removed: bigint[] = [];
  member.removeMember = async (id) => {
    removed.push(id);
    others = others.filter((one) => one.id !== id);
    return "done" as const;
  };
  const gone = new Set<bigint>();
  const isReached = (id: bigint) => !gone.has(id);
  const keeper = new MachineKeeper({ member, clock, random: new SeededRandom(1), log: silentLogger, isReached });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const start = async () => {
    await member.propose(recordClusterConfig({ activeSize: 9, removeDelay: 1800, syncInterval: 5, ...config }));
    keeper.start();
  };
  return { member, keeper, removed, gone, pass, start };
}

test("MachineKeeper lets machines go until there are as many as the active size, never the leader", async () => {
  const { member, removed, pass, start, keeper } = keeping(7, { activeSize: 3 });
  await start();
  await pass(10);
  assert.equal(removed.length, 4);
  assert.ok(!removed.includes(member.id));
  keeper.stop();
});

test("MachineKeeper removes a machine that was unreachable for the remove delay, and no other", async () => {
  const { removed, gone, pass, start, keeper } = keeping(3, { removeDelay: 5 });
  await start();
  await pass(10);
  gone.add(2n);
  await pass(4);
  assert.deepEqual(removed, []);
  await pass(3);
  assert.deepEqual(removed, [2n]);
  keeper.stop();
});

test("MachineKeeper gives everybody the whole delay when the leader changes, and does nothing while it does not lead", async () => {
  const { member, removed, gone, pass, start, keeper } = keeping(3, { removeDelay: 5, activeSize: 3 });
  await start();
  gone.add(2n);
  await pass(4);
  member.leader = 1n;
  await pass(20);
  member.leader = member.id;
  await pass(4);
  assert.deepEqual(removed, []);
  await pass(3);
  assert.deepEqual(removed, [2n]);
  keeper.stop();
});

test("a machine that stands by sends everybody to the leader, and says when it knows none", async () => {
  let leader: string | undefined;
  const handler = createStandbyHandler({ cors: [], leaderUrl: () => leader });
  const lost = await askHandler(handler, "GET /v2/keys/a");
  assert.equal(lost.status, 400);
  assert.equal(lost.body, '{"errorCode":402,"message":"Standby Internal Error","index":0}\n');
  leader = "http://c:2";
  const answer = await askHandler(handler, "PUT /v2/keys/a?prevExist=true");
  assert.deepEqual([answer.status, answer.headers["Location"]], [307, "http://c:2/v2/keys/a?prevExist=true"]);
});

for (const dialect of ["0.2", "0.3", "0.4"] as const) {
  test(`a machine of ${dialect} is removed by DELETE /remove/NAME, and by nothing else there`, async () => {
    const { peer, member } = joining(dialect);
    assert.equal((await askHandler(peer, "GET /remove/m0")).status, 405);
    assert.equal((await askHandler(peer, "DELETE /remove/nobody")).status, 200);
    assert.equal(member.members().length, 1);
    assert.equal((await askHandler(peer, "DELETE /remove/m0")).status, 200);
    assert.deepEqual(member.members(), []);
  });
}
