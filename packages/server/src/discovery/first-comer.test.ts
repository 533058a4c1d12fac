import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger, type WebAnswer, type WebClient, type WebRequest } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { FirstComer } from "./first-comer.ts";

const url = "http://service:4001/v2/keys/meeting";

/** A v2 key space of one directory. */
class FakeService implements WebClient {
  readonly nodes = new Map<string, string>();
  readonly forms: (Readonly<Record<string, string>> | undefined)[] = [];
  isAway = false;

  async ask({ method, url: asked, form }: WebRequest): Promise<WebAnswer> {
    if (this.isAway) throw new Error("connect ECONNREFUSED");
    const { pathname, searchParams } = new URL(asked);
    const name = pathname.replace("/v2/keys/meeting", "").slice(1);
    if (method === "GET") return tell(200, { node: { nodes: [...this.nodes].filter(isShown).map(nodeOf) } });
    if (searchParams.get("prevExist") === "false" && this.nodes.has(name)) {
      return tell(412, { errorCode: 105, message: "Key already exists", cause: name, index: 1 });
    }
    this.forms.push(form);
    this.nodes.set(name, form?.["value"] ?? "");
    return tell(201, { node: { key: `/meeting/${name}` } });
  }
}

const isShown = ([name]: [string, string]) => !name.startsWith("_");
const nodeOf = ([name, value]: [string, string]) => ({ key: `/meeting/${name}`, value, createdIndex: 1 });
const tell = (status: number, body: object): WebAnswer => ({ status, headers: {}, body: JSON.stringify(body) });

function comer(web: FakeService, name: string, clock = new FakeClock()): FirstComer {
  return new FirstComer({ web, clock, log: silentLogger }, { url, name, peerUrl: `http://${name}:7001` });
}

test("the first comer founds, and those who come later join everybody who is there", async () => {
  const service = new FakeService();
  assert.deepEqual(await comer(service, "a").peers(), []);
  assert.deepEqual(await comer(service, "b").peers(), ["http://a:7001"]);
  assert.deepEqual(await comer(service, "c").peers(), ["http://a:7001", "http://b:7001"]);
});

test("an entry is kept for a week, and renewed long before", async () => {
  const [service, clock] = [new FakeService(), new FakeClock()];
  const first = comer(service, "a", clock);
  await first.peers();
  assert.deepEqual(service.forms[0], { value: "http://a:7001", ttl: "604800" });
  first.keep();
  service.nodes.clear();
  service.isAway = true;
  const day = async () => {
    clock.advance(86_400_000);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  await day();
  service.isAway = false;
  await day();
  assert.deepEqual([...service.nodes.keys()], ["a"]);
  first.stop();
  service.nodes.clear();
  await day();
  assert.equal(service.nodes.size, 0);
});

test("a machine alone at a cluster that was founded says so", async () => {
  const service = new FakeService();
  await comer(service, "a").peers();
  const line = "Discovery found an initialized cluster but no reachable peers are registered.";
  await assert.rejects(comer(service, "a").peers(), { message: line });
});

test("a service that is away, and an address that is none, are told in one line", async () => {
  const service = new FakeService();
  service.isAway = true;
  await assert.rejects(comer(service, "a").peers(), { message: "connect ECONNREFUSED" });
  const ports = { web: service, clock: new FakeClock(), log: silentLogger };
  const machine = { url: "service", name: "a", peerUrl: "http://a:7001" };
  assert.throws(() => new FirstComer(ports, machine), { message: 'parse "service": invalid discovery URL' });
});
