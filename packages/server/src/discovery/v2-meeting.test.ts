import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger, type WebAnswer, type WebClient, type WebRequest } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { meetInV2 } from "./v2-meeting.ts";

const base = "http://service:2379/v2/keys/meeting";

interface Node {
  readonly key: string;
  readonly value: string;
  readonly createdIndex: number;
}

/** A v2 key space of one directory, with long polls, that may be away or tell anything. */
class FakeService implements WebClient {
  readonly asked: string[] = [];
  readonly #nodes = new Map<string, Node>();
  #index = 10;
  #waiting: (() => void)[] = [];
  /** Requests that get no answer from now on, though they take effect when they `lose` it only. */
  away = 0;
  lost = 0;
  override: ((url: string) => WebAnswer | undefined) | undefined;

  set(name: string, value: string): void {
    const key = `/meeting/${name}`;
    this.#nodes.set(name, { key, value, createdIndex: ++this.#index });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async ask(request: WebRequest): Promise<WebAnswer> {
    this.asked.push(`${request.method} ${request.url.slice(base.length)}`);
    if (this.away > 0) {
      this.away--;
      throw new Error("connection refused");
    }
    const answer = this.override?.(request.url) ?? (await this.#answer(request));
    if (this.lost === 0 || request.method === "GET") return answer;
    this.lost--;
    throw new Error("the answer was cut off");
  }

  async #answer({ method, url, form }: WebRequest): Promise<WebAnswer> {
    assert.ok(url.startsWith(base), url);
    const { pathname, searchParams } = new URL(url);
    const name = pathname.slice(new URL(base).pathname.length + 1);
    if (method === "PUT") return this.#create(name, form!["value"]!);
    const waitIndex = Number(searchParams.get("waitIndex") ?? 0);
    if (waitIndex > this.#index) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (name === "") return this.#tell({ node: { key: "/meeting", dir: true, nodes: this.#listed() } });
    const node = this.#nodes.get(name);
    return node === undefined ? this.#refuse(100, "Key not found") : this.#tell({ node });
  }

  /** Some services list the configuration beside the founders. */
  #listed(): Node[] {
    const founders = [...this.#nodes.values()].filter(({ key }) => !key.includes("_config"));
    return [{ key: "/meeting/_config", value: "", createdIndex: 1 }, ...founders];
  }

  #create(name: string, value: string): WebAnswer {
    if (this.#nodes.has(name)) return this.#refuse(105, "Key already exists");
    this.set(name, value);
    return this.#tell({ node: this.#nodes.get(name) });
  }

  #refuse(errorCode: number, message: string): WebAnswer {
    return { ...this.#tell({ errorCode, message, cause: "/meeting/x", index: this.#index }), status: 404 };
  }

  #tell(fields: object): WebAnswer {
    return { status: 200, headers: { "x-etcd-index": String(this.#index) }, body: JSON.stringify(fields) };
  }
}

const entryOf = (id: bigint) => `m${id}=http://10.0.0.${id}:2380`;

class Meeting {
  readonly clock = new FakeClock();
  readonly service = new FakeService();

  constructor(size?: string) {
    if (size !== undefined) this.service.set("_config/size", size);
  }

  join(memberId: bigint, { url = base, resuming = false, entry = entryOf(memberId) } = {}): Promise<string> {
    return meetInV2({ web: this.service, clock: this.clock, log: silentLogger }, url, { memberId, entry, resuming });
  }

  /** Lets time pass until the promise has settled, and tells how much that was. */
  async settle<T>(promise: Promise<T>): Promise<number> {
    const startMs = this.clock.nowMs();
    let isDone = false;
    promise.then(
      () => (isDone = true),
      () => (isDone = true),
    );
    for (let round = 0; round < 10_000 && !isDone; round++) {
      for (let hop = 0; hop < 50; hop++) await undefined;
      if (!isDone) this.clock.advance(100);
    }
    assert.ok(isDone, "waited in vain");
    return this.clock.nowMs() - startMs;
  }
}

test("founders wait for each other and all find the same, in the order of arrival", async () => {
  const meeting = new Meeting("3");
  const joining = [3n, 1n].map((id) => meeting.join(id));
  for (let hop = 0; hop < 50; hop++) await undefined;
  joining.push(meeting.join(2n));
  await meeting.settle(Promise.all(joining));
  const expected = [3n, 1n, 2n].map(entryOf).join(",");
  assert.deepEqual(await Promise.all(joining), [expected, expected, expected]);
  assert.ok(meeting.service.asked.some((line) => line.startsWith("GET ?wait=true&recursive=true&waitIndex=")));
});

test("a key is the member's id in hexadecimal, below the URL, whose last slash does not count", async () => {
  const meeting = new Meeting("1");
  const joining = meeting.join(0xbeefn, { url: `${base}/`, entry: "m=http://10.0.0.1:2380" });
  await meeting.settle(joining);
  assert.deepEqual(
    meeting.service.asked.filter((line) => line.startsWith("PUT")),
    ["PUT /beef?prevExist=false"],
  );
});

test("more than enough: who comes late is refused and does not register, the first go on", async () => {
  const meeting = new Meeting("2");
  const first = meeting.join(1n);
  const second = meeting.join(2n);
  await meeting.settle(Promise.all([first, second]));
  await assert.rejects(meeting.join(3n), { message: "discovery: cluster is full" });
  assert.ok(!meeting.service.asked.includes("PUT /3?prevExist=false"));
});

test("a race for the last place: who registered behind it is refused", async () => {
  const meeting = new Meeting("1");
  const create = meeting.service.ask.bind(meeting.service);
  meeting.service.ask = (request) => {
    if (request.method === "PUT") meeting.service.set("faster", entryOf(9n));
    return create(request);
  };
  await assert.rejects(meeting.join(1n), { message: "discovery: cluster is full" });
});

test("a service that is away is asked again after 2, 4 and 8 seconds", async () => {
  const meeting = new Meeting("1");
  meeting.service.away = 3;
  const joining = meeting.join(1n);
  const tookMs = await meeting.settle(joining);
  assert.equal(await joining, entryOf(1n));
  assert.ok(tookMs >= 14_000 && tookMs < 15_000, `${tookMs} ms`);
});

test("a registration whose answer got lost is found on the next try", async () => {
  const meeting = new Meeting("1");
  meeting.service.lost = 1;
  const joining = meeting.join(1n);
  await meeting.settle(joining);
  assert.equal(await joining, entryOf(1n));
});

test("a member that registered before is refused with an empty disk, and goes on where it was interrupted", async () => {
  const meeting = new Meeting("2");
  meeting.service.set("1", entryOf(1n));
  await assert.rejects(meeting.join(1n), { message: "discovery: found duplicate id" });
  const resumed = meeting.join(1n, { resuming: true });
  meeting.service.set("2", entryOf(2n));
  await meeting.settle(resumed);
  assert.equal(await resumed, `${entryOf(1n)},${entryOf(2n)}`);
});

const page = { status: 200, headers: {}, body: "<html>" };
const refusals: readonly (readonly [string, () => Promise<string>, string])[] = [
  ["no size", () => new Meeting().join(1n), "discovery: size key not found"],
  ["a size that is no number", () => new Meeting("three").join(1n), "discovery: size key is bad"],
  ["a size below one", () => new Meeting("-1").join(1n), "discovery: size key is bad"],
  ["size zero", () => new Meeting("0").join(1n), "discovery: size key is bad"],
  ["no URL", () => new Meeting("1").join(1n, { url: "::bad" }), 'parse "::bad": invalid discovery URL'],
  ["no token", () => new Meeting("1").join(1n, { url: "http://s/" }), 'parse "http://s/": invalid discovery URL'],
  [
    "some web page",
    () => {
      const meeting = new Meeting("1");
      meeting.service.override = () => page;
      return meeting.join(1n);
    },
    "discovery: bad discovery endpoint",
  ],
  ["an entry that is none", () => new Meeting("1").join(1n, { entry: "x=ftp://y" }), "discovery: invalid URL"],
];
for (const [name, run, message] of refusals) test(`refused: ${name}`, () => assert.rejects(run(), { message }));

test("refused: two founders of one name", async () => {
  const meeting = new Meeting("2");
  meeting.service.set("7", "m1=http://10.0.0.7:2380");
  await assert.rejects(meeting.join(1n), { message: "discovery: found duplicate name" });
});
