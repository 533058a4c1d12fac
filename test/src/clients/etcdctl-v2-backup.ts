/**
 * `etcdctl backup` in the way of API 2: it reads the newest snapshot file of a member that was stopped, and the log from there on.
 * The real etcd and our own server must then found a cluster on the backup and hold every key; most of them are in the
 * snapshot file alone.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess } from "../harness/index.ts";

const listing = ["get /many/0", "get /many/64", "ls --recursive --sort", "get /kept/1", "get /kept/dir/2", "get /gone"];

const snapshotCount = 20;
const writing = ["--enable-v2", "--snapshot-count", String(snapshotCount)];
/** Enough for several snapshots, and for keys behind the last one. */
const keys = 3 * snapshotCount + 5;

/** Backs a member of its own up; the list of complaints is empty when the real etcd and ours hold the same. */
export async function checkBackup(binary: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "etcd-backup-"));
  const backup = join(folder, "backup");
  const server = await ServerProcess.start({ binary, dataDir: join(folder, "data"), flags: writing });
  for (let at = 0; at < keys; at++) await putKey(server, at);
  const commands = ["set /kept/1 one", "set /kept/dir/2 two", "mkdir /empty", "set /gone x", "rm /gone"];
  for (const command of commands) etcdctl(server, command);
  const wanted = listing.map((command) => etcdctl(server, command));
  await server.stop();
  const made = etcdctl(server, `backup --data-dir ${server.dataDir} --backup-dir ${backup}`);
  try {
    const snapshots = readdirSync(join(backup, "member", "snap")).filter((name) => name.endsWith(".snap"));
    if (snapshots.length !== 1) return [`the backup has ${snapshots.length} snapshot files\n${made}`];
    const complaints: string[] = [];
    for (const restoring of ["etcd", binary]) {
      const dataDir = join(folder, `restored-${complaints.length}-${restoring === binary}`);
      cpSync(backup, dataDir, { recursive: true });
      complaints.push(...(await compare({ restoring, dataDir, wanted })));
    }
    return complaints;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Restored {
  readonly restoring: string;
  readonly dataDir: string;
  readonly wanted: readonly string[];
}

async function compare({ restoring, dataDir, wanted }: Restored): Promise<string[]> {
  let restored: ServerProcess | undefined;
  try {
    const flags = ["--enable-v2", "--force-new-cluster"];
    const started = await ServerProcess.start({ binary: restoring, dataDir, flags });
    restored = started;
    const found = listing.map((command) => etcdctl(started, command));
    return listing.flatMap((command, i) =>
      found[i] === wanted[i]
        ? []
        : [`${command} on the backup under ${restoring}\n--- before\n${wanted[i]}\n--- now\n${found[i]}`],
    );
  } catch (error) {
    return [`${restoring} cannot be started from the backup: ${String(error)}`];
  } finally {
    await restored?.stop();
  }
}

async function putKey({ endpoint }: ServerProcess, at: number): Promise<void> {
  const body = new URLSearchParams({ value: `value ${at}` });
  const { status } = await fetch(`http://${endpoint}/v2/keys/many/${at}`, { method: "PUT", body });
  if (status !== 201) throw new Error(`a key was not written: ${status}`);
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
  // Failures tell the index, which moves with every change of the cluster's membership.
  return `${stdout}${stderr.replace(/\[\d+\]/, "")}exit ${status}`;
}
