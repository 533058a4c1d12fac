import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogFields, silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { RejectionLog } from "./rejection-log.ts";

function open() {
  const clock = new FakeClock();
  const said: [string, LogFields | undefined][] = [];
  const log = { ...silentLogger, warn: (text: string, fields?: LogFields) => void said.push([text, fields]) };
  const rejections = new RejectionLog({ clock, log });
  const reject = (source: string, reason = "bad") => rejections.warn("rejected", { source, reason }, { source });
  return { clock, said, reject };
}

test("a source that is refused again and again is told once, and after a minute how often it was", () => {
  const { clock, said, reject } = open();
  for (let i = 0; i < 100; i++) reject("10.0.0.1");
  reject("10.0.0.2");
  reject("10.0.0.1", "worse");
  assert.equal(said.length, 3);
  clock.advance(60_000);
  reject("10.0.0.1");
  assert.deepEqual(said.slice(3), [["rejected", { source: "10.0.0.1", "rejected-before": 99 }]]);
});

test("the source told longest ago is forgotten when there are too many", () => {
  const { said, reject } = open();
  for (let i = 0; i <= 256; i++) reject(`source ${i}`);
  reject("source 256");
  assert.equal(said.length, 257);
  reject("source 0");
  assert.equal(said.length, 258);
});
