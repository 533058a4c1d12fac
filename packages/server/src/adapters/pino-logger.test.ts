import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { PinoLogger } from "./pino-logger.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "log-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function logged(format: "json" | "console", write: (logger: PinoLogger) => void, files = ["a.log"]): string {
  const outputs = files.map((name) => join(dir, name));
  const logger = new PinoLogger({ level: "info", format, outputs });
  write(logger);
  logger.close();
  return readFileSync(outputs.at(-1)!, "utf8");
}

test("a line is JSON with zap's field names", () => {
  const text = logged("json", (logger) => logger.info("ready", { "member-id": "8e9e05c52164694d", took: "1.2ms" }));
  const line = JSON.parse(text) as Record<string, string>;
  assert.match(line["ts"]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(
    { ...line, ts: "" },
    { level: "info", ts: "", "member-id": "8e9e05c52164694d", took: "1.2ms", msg: "ready" },
  );
  assert.ok(text.endsWith("}\n"));
});

test("errors are logged by their message, ids beyond a double in full", () => {
  const text = logged("json", (logger) => logger.error("lost", { error: new Error("why"), id: 2n ** 63n }));
  const line = JSON.parse(text) as Record<string, unknown>;
  assert.equal(line["error"], "why");
  assert.ok(text.includes('"id":9223372036854775808'));
});

test("the console format is tab-separated", () => {
  const text = logged("console", (logger) => {
    logger.warn("slow", { took: "2s" });
    logger.info("plain");
  });
  assert.match(text, /^\S+Z\twarn\tslow\t\{"took":"2s"\}\n\S+Z\tinfo\tplain\n$/);
});

test("levels below the chosen one are dropped, and the choice can change at run time", () => {
  const text = logged("json", (logger) => {
    logger.debug("no");
    logger.setLevel("debug");
    logger.debug("yes");
    logger.setLevel("panic");
    logger.error("no");
  });
  assert.deepEqual(
    text
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { msg: string }).msg),
    ["yes"],
  );
});

test("every output gets every line, and a file is appended to", () => {
  const first = logged("json", (logger) => logger.info("one"), ["a.log", "b.log"]);
  assert.equal(first.split("\n").length, 2);
  assert.equal(readFileSync(join(dir, "a.log"), "utf8"), first);
  assert.equal(logged("json", (logger) => logger.info("two")).split("\n").length, 3);
});

test("an output that cannot be opened is an error at start", () => {
  assert.throws(() => new PinoLogger({ level: "info", format: "json", outputs: [join(dir, "no", "a.log")] }), /ENOENT/);
});
