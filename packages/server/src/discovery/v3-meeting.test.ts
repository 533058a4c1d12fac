import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { ServiceAwayError } from "./patience.ts";
import type { V3Entry, V3Keys } from "./v3-keys.ts";
import { meetInV3 } from "./v3-meeting.ts";

const root = "/_etcd/registry/t1";
const entryOf = (id: bigint) => `m${id}=http://10.0.0.${id}:2380`;

/** A key space in memory that may be away. */
class FakeKeys implements V3Keys {
  away = 0;
  watches = 0;
  readonly #entries = new Map<string, V3Entry>();
  #revision = 100;
  #waiting: (() => void)[] = [];

  async get(key: string): Promise<string | undefined> {
    this.#answers();
    return this.#entries.get(key)?.value;
  }

  async list(prefix: string) {
    this.#answers();
    const entries = [...this.#entries.values()].filter(({ key }) => key.startsWith(prefix));
    return { entries: entries.sort((a, b) => (a.key < b.key ? -1 : 1)), revision: this.#revision };
  }

  async put(key: string, value: string): Promise<void> {
    this.#answers();
    this.#revision++;
    const createRevision = this.#entries.get(key)?.createRevision ?? this.#revision;
    this.#entries.set(key, { key, value, createRevision });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async changeBehind(prefix: string, revision: number): Promise<void> {
    assert.equal(prefix, `${root}/members`);
    this.#answers();
    this.watches++;
    if (revision >= this.#revision) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): void {}

  #answers(): void {
    if (this.away-- > 0) throw new ServiceAwayError("connection refused");
  }
}

class Meeting {
  readonly clock = new FakeClock();
  readonly keys = new FakeKeys();

  static async of(size?: string): Promise<Meeting> {
    const meeting = new Meeting();
    if (size !== undefined) await meeting.keys.put(`${root}/_config/size`, size);
    return meeting;
  }

  join(memberId: bigint, { token = "t1", entry = entryOf(memberId) } = {}): Promise<string> {
    const ports = { keys: this.keys, clock: this.clock, log: silentLogger };
    return meetInV3(ports, token, { memberId, entry, resuming: false });
  }

  /** Lets time pass until the promise has settled, and tells how much that was. */
  async settle<T>(promise: Promise<T>): Promise<number> {
    const startMs = this.clock.nowMs();
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    promise.then(done, done);
    for (let round = 0; round < 10_000 && !isDone; round++) {
      await this.hops();
      if (!isDone) this.clock.advance(100);
    }
    assert.ok(isDone, "waited in vain");
    return this.clock.nowMs() - startMs;
  }

  async hops(): Promise<void> {
    for (let hop = 0; hop < 50; hop++) await undefined;
  }
}

test("founders wait for each other and all find the same, in the order of their create revisions", async () => {
  const meeting = await Meeting.of("3");
  const joining: Promise<string>[] = [];
  for (const id of [3n, 1n, 2n]) {
    joining.push(meeting.join(id));
    await meeting.hops();
  }
  await meeting.settle(Promise.all(joining));
  const expected = [3n, 1n, 2n].map(entryOf).join(",");
  assert.deepEqual(await Promise.all(joining), [expected, expected, expected]);
  assert.ok(meeting.keys.watches >= 2);
});

test("a key is the member's id in hexadecimal, below the token, whose stray slashes do not count", async () => {
  const meeting = await Meeting.of("1");
  await meeting.settle(meeting.join(0xbeefn, { token: "/t1/", entry: "m=http://10.0.0.1:2380" }));
  assert.equal(await meeting.keys.get(`${root}/members/beef`), "m=http://10.0.0.1:2380");
});

test("who comes late is refused and does not register; who registered before comes in time", async () => {
  const meeting = await Meeting.of("2");
  for (const id of [1n, 2n]) await meeting.keys.put(`${root}/members/${id}`, entryOf(id));
  await assert.rejects(meeting.join(3n), { message: "discovery: cluster is full" });
  assert.equal(await meeting.keys.get(`${root}/members/3`), undefined);
  assert.equal(await meeting.join(2n), `${entryOf(1n)},${entryOf(2n)}`);
});

test("a race for the last place: who registered behind it is refused", async () => {
  const meeting = await Meeting.of("1");
  const put = meeting.keys.put.bind(meeting.keys);
  meeting.keys.put = async (key, value) => {
    meeting.keys.put = put;
    await put(`${root}/members/9`, entryOf(9n));
    await put(key, value);
  };
  await assert.rejects(meeting.join(1n), { message: "discovery: cluster is full" });
});

test("a key space that is away is asked again after 2, 4 and 8 seconds", async () => {
  const meeting = await Meeting.of("1");
  meeting.keys.away = 3;
  const joining = meeting.join(1n);
  const tookMs = await meeting.settle(joining);
  assert.equal(await joining, entryOf(1n));
  assert.ok(tookMs >= 14_000 && tookMs < 15_000, `${tookMs} ms`);
});

test("a watch that ends at once, again and again, is not asked for without a pause", async () => {
  const meeting = await Meeting.of("2");
  meeting.keys.changeBehind = async () => {
    meeting.keys.watches++;
    // Whoever never pauses would never let go of the process.
    assert.ok(meeting.keys.watches < 1_000, "watched without end");
  };
  const joining = meeting.join(1n);
  for (let second = 0; second < 10; second++) {
    await meeting.hops();
    meeting.clock.advance(1_000);
  }
  assert.ok(meeting.keys.watches <= 12, `${meeting.keys.watches} watches in ten seconds`);
  await meeting.keys.put(`${root}/members/2`, entryOf(2n));
  await meeting.settle(joining);
  assert.equal(await joining, `${entryOf(1n)},${entryOf(2n)}`);
});

test("a member key that names nobody is passed over", async () => {
  const meeting = await Meeting.of("1");
  await meeting.keys.put(`${root}/members/junk`, "nobody");
  assert.equal(await meeting.join(1n), entryOf(1n));
});

const refusals: readonly (readonly [string, string | undefined, string, string])[] = [
  ["no size", undefined, entryOf(1n), "discovery: size key not found"],
  ["a size that is no number", "three", entryOf(1n), "discovery: size key is bad"],
  ["a size below one", "-1", entryOf(1n), "discovery: size key is bad"],
  ["size zero", "0", entryOf(1n), "discovery: size key is bad"],
  ["an entry that is none", "1", "x=ftp://y", "discovery: invalid peer URL"],
];
for (const [name, size, entry, message] of refusals) {
  test(`refused: ${name}`, async () => assert.rejects((await Meeting.of(size)).join(1n, { entry }), { message }));
}
