import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/index.ts";
import { compareResolved, type ResolvedUrls, resolveUrls } from "./resolved-urls.ts";

const names: Record<string, string> = { m1: "10.0.0.1", also: "10.0.0.1", six: "fd00::1" };

async function compare(left: readonly string[], right: readonly string[]): Promise<string | undefined> {
  const clock = new FakeClock();
  const address = async (host: string) => names[host] ?? Promise.reject(new Error(`lookup ${host}: no such host`));
  const dns = { address, services: async () => [] };
  let ended = false;
  const outcome = compareResolved({ dns, clock }, left, right).finally(() => {
    ended = true;
  });
  for (let round = 0; round < 1000 && !ended; round++) {
    await undefined;
    clock.advance(100);
  }
  return outcome;
}

const same: readonly (readonly [string, string[], string[]])[] = [
  ["as written, in any order", ["http://b:1", "http://a:1"], ["http://a:1", "http://b:1"]],
  ["a name and its address", ["http://m1:2380"], ["http://10.0.0.1:2380"]],
  ["two names of one address", ["http://m1:2380"], ["http://also:2380"]],
  ["IPv6", ["http://six:2380"], ["http://[fd00::1]:2380"]],
  ["IPv6 at length", ["http://[FD00:0:0::1]:2380"], ["http://[fd00::1]:2380"]],
];
for (const [name, left, right] of same)
  test(`the same: ${name}`, async () => assert.equal(await compare(left, right), undefined));

const different: readonly (readonly [string, string[], string[], string])[] = [
  ["ports", ["http://m1:1"], ["http://10.0.0.1:2"], 'resolved urls: "http://10.0.0.1:1" != "http://10.0.0.1:2"'],
  ["schemes", ["http://m1:1"], ["https://m1:1"], 'resolved urls: "http://10.0.0.1:1" != "https://10.0.0.1:1"'],
  ["how many", ["http://a:1"], ["http://a:1", "http://b:1"], 'len(["http://a:1"]) != len(["http://a:1" "http://b:1"])'],
  ["localhost", ["http://localhost:1"], ["http://m1:1"], 'resolved urls: "http://localhost:1" != "http://10.0.0.1:1"'],
  [
    "a name nobody knows, after 30 seconds",
    ["http://gone:1"],
    ["http://m1:1"],
    'failed to resolve "http://gone:1" (lookup gone: no such host)',
  ],
];
for (const [name, left, right, reason] of different)
  test(`different: ${name}`, async () => assert.equal(await compare(left, right), reason));

test("names are looked up all at once, again until they are known, and one nobody knows stands for itself", async () => {
  const clock = new FakeClock();
  let tries = 0;
  const address = async (host: string) => {
    if (host === "late" && tries++ > 10) return "10.0.0.2";
    return names[host] ?? Promise.reject(new Error(`lookup ${host}: no such host`));
  };
  let resolved: ResolvedUrls | undefined;
  const texts = [
    "http://late:1",
    "http://m1:1",
    "http://gone:1",
    "http://gone:2",
    "http://[::1]:1",
    "http://localhost:1",
  ];
  void resolveUrls({ dns: { address, services: async () => [] }, clock }, texts).then((answer) => {
    resolved = answer;
  });
  for (let round = 0; round < 1000 && resolved === undefined; round++) {
    for (let hop = 0; hop < 20; hop++) await undefined;
    clock.advance(100);
  }
  assert.ok(clock.nowMs() < 32_000, "two names that nobody knows take no longer than one");
  const known = [
    "http://10.0.0.2:1",
    "http://10.0.0.1:1",
    undefined,
    undefined,
    "http://[::1]:1",
    "http://localhost:1",
  ];
  assert.deepEqual(
    texts.map((one) => resolved?.byText.get(one)),
    known,
  );
  assert.match(resolved?.failure ?? "", /^failed to resolve "http:\/\/gone:\d" \(lookup gone: no such host\)$/);
});
