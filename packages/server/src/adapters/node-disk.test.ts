import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { diskContract } from "../ports/index.ts";
import { NodeDisk } from "./node-disk.ts";

for (const { name, run } of diskContract) {
  test(`real disk: ${name}`, async (t) => {
    const dir = await mkdtemp(join(tmpdir(), "etcd-disk-"));
    t.after(() => rm(dir, { recursive: true, force: true }));
    await run({ disk: new NodeDisk(), dir }, assert);
  });
}

test("lockDirectory() refuses a directory of another process, and takes it once that one was killed", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "etcd-disk-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const module = new URL("./node-disk.js", import.meta.url).href;
  const script = `
    const { NodeDisk } = await import(${JSON.stringify(module)});
    await new NodeDisk().lockDirectory(${JSON.stringify(dir)});
    process.stdout.write("locked");
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => owner.kill("SIGKILL"));
  await once(owner.stdout, "data");
  const disk = new NodeDisk();
  await assert.rejects(disk.lockDirectory(dir), { code: "ELOCKED" });
  owner.kill("SIGKILL");
  await once(owner, "exit");
  await (await disk.lockDirectory(dir)).release();
});
