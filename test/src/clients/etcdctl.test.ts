import assert from "node:assert/strict";
import { test } from "node:test";
import { mask } from "./etcdctl.ts";

const cases = [
  {
    name: "ids in text",
    text: "lease 694d9a1b2c3d4e5f granted with TTL(600s)",
    masked: "lease <id> granted with TTL(600s)",
  },
  {
    name: "ids in JSON",
    text: '{"cluster_id":14841639068965178418,"revision":3}',
    masked: '{"cluster_id":<n>,"revision":3}',
  },
  {
    name: "endpoints and times",
    text: "127.0.0.1:2379 is healthy: took = 1ms; took 1.9ms",
    masked: "<endpoint> is healthy: took <time>; took <time>",
  },
  { name: "figures in tables", text: "+---+---+\n| 25 kB | started |", masked: "|<figure>|started|" },
  {
    name: "the order of a lease's keys",
    text: 'attached keys([b a])\n"keys":["b","a"]',
    masked: 'attached keys([a b])\n"keys":["a","b"]',
  },
] as const;

for (const { name, text, masked } of cases) test(`mask() replaces ${name}`, () => assert.equal(mask(text), masked));

test("mask() keeps keys, values and revisions", () => {
  for (const text of ["foo\nbar2", '"ModRevision" : 12', "compacted revision 10"]) assert.equal(mask(text), text);
});
