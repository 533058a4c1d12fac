import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const terminal = fileURLToPath(new URL("terminal.js", import.meta.url));
const runner = `
  const { Terminal } = await import(${JSON.stringify(terminal)});
  const terminal = new Terminal(["true"]);
  const server = terminal.start("sh -c 'echo $$; exec sleep 600'", "");
  const timer = setInterval(() => {
    if (server.output() === "") return;
    console.log(server.output().trim());
    clearInterval(timer);
  }, 10);
`;

test("servers die with the process that started them, even when it is killed", { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", runner], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  assert.ok(isAlive(pid), "the server runs");
  child.kill("SIGKILL");
  while (isAlive(pid)) await sleep(10);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
