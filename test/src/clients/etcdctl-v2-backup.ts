/**
 * `etcdctl backup` in the way of API 2: it reads the log and snapshots of a member that was stopped. The real etcd must then
 * found a cluster on the backup and hold every key.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess } from "../harness/index.ts";

const listing = ["ls --recursive --sort", "get /kept/1", "get /kept/dir/2", "get /gone"];

/** Backs a member of its own up; the list of complaints is empty when the real etcd holds the same. */
export async function checkBackup(binary: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "etcd-backup-"));
  const backup = join(folder, "backup");
  const server = await ServerProcess.start({ binary, dataDir: join(folder, "data"), flags: ["--enable-v2"] });
  const commands = ["set /kept/1 one", "set /kept/dir/2 two", "mkdir /empty", "set /gone x", "rm /gone"];
  for (const command of commands) etcdctl(server, command);
  const wanted = listing.map((command) => etcdctl(server, command));
  await server.stop();
  const made = etcdctl(server, `backup --data-dir ${server.dataDir} --backup-dir ${backup}`);
  const flags = ["--enable-v2", "--force-new-cluster"];
  let restored: ServerProcess | undefined;
  try {
    restored = await ServerProcess.start({ binary: "etcd", dataDir: backup, flags });
    const found = listing.map((command) => etcdctl(restored as ServerProcess, command));
    return listing.flatMap((command, i) =>
      found[i] === wanted[i] ? [] : [`${command} on the backup\n--- before\n${wanted[i]}\n--- now\n${found[i]}`],
    );
  } catch (error) {
    return [`the backup cannot be started: ${String(error)}\n${made}`];
  } finally {
    await restored?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function etcdctl({ endpoint }: ServerProcess, command: string): string {
  const { status, stdout, stderr } = spawnSync(
    "etcdctl",
    ["--endpoints", `http://${endpoint}`, ...command.split(" ")],
    {
      env: { ...process.env, ETCDCTL_API: "2" },
      encoding: "utf8",
    },
  );
  return `${stdout}${stderr}exit ${status}`;
}
