/**
 * Two Patroni nodes, each with a PostgreSQL of its own, that agree on a leader through our v2 API. The first becomes leader,
 * the second its replica; then the first one dies without a word, and the second must lead when the leader key has expired,
 * with every row. PostgreSQL refuses to run as root: the nodes run as the user postgres then.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts, type ServerProcess } from "../harness/index.ts";

const postgresRoot = "/usr/lib/postgresql";
const waitMs = 90_000;
const pollMs = 200;
const outputKept = 8_192;
/** The shortest that Patroni allows. */
const ttlSeconds = 20;

/** What is not installed, if anything. */
export function patroniMissing(): string | undefined {
  if (spawnSync("patroni", ["--version"]).status !== 0) return "patroni";
  return binFolder() === undefined ? "postgresql" : undefined;
}

/** Runs the whole story; the list of complaints is empty when it ended well. */
export async function checkPatroni(server: ServerProcess): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "etcd-patroni-"));
  const nodes: PatroniNode[] = [];
  try {
    giveAway(folder);
    for (const name of ["p1", "p2"]) nodes.push(await PatroniNode.prepare({ name, folder, etcd: server.endpoint }));
    await tell(nodes, server);
    return [];
  } catch (error) {
    return [`patroni: ${String(error)}`, ...nodes.map(({ name, output }) => `${name}: ${output()}`)];
  } finally {
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tell([first, second]: readonly PatroniNode[], server: ServerProcess): Promise<void> {
  if (first === undefined || second === undefined) throw new Error("two nodes were wanted");
  first.start();
  await until("p1 leads", async () => (await first.is("leader")) && (await leaderKey(server)) === "p1");
  first.sql("CREATE TABLE story (line text); INSERT INTO story VALUES ('before')");
  second.start();
  await until("p2 replicates", () => second.is("replica"));
  first.sql("INSERT INTO story VALUES ('while both run')");
  await until("p2 has both rows", async () => second.sql("SELECT count(*) FROM story") === "2");
  await first.kill();
  await until("p2 leads", async () => (await second.is("leader")) && (await leaderKey(server)) === "p2");
  second.sql("INSERT INTO story VALUES ('after')");
  const lines = second.sql("SELECT string_agg(line, ', ') FROM story");
  if (lines !== "before, while both run, after") throw new Error(`the table has: ${lines}`);
}

/** One node: its folder, its ports and, once started, its processes. */
class PatroniNode {
  readonly name: string;
  readonly #folder: string;
  readonly #ports: { readonly rest: number; readonly sql: number };
  #child: ChildProcess | undefined;
  #output = "";

  private constructor(name: string, folder: string, ports: { rest: number; sql: number }) {
    this.name = name;
    this.#folder = folder;
    this.#ports = ports;
  }

  /** Writes a node's configuration. */
  static async prepare({ name, folder, etcd }: { name: string; folder: string; etcd: string }): Promise<PatroniNode> {
    const [rest = 0, sql = 0] = await freePorts(2);
    const own = join(folder, name);
    mkdirSync(own);
    giveAway(own);
    writeFileSync(join(own, "patroni.yml"), configuration({ name, folder: own, etcd, rest, sql }));
    return new PatroniNode(name, own, { rest, sql });
  }

  start(): void {
    const child = spawn("patroni", [join(this.#folder, "patroni.yml")], { ...asPostgres(), detached: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-outputKept);
      });
    }
    this.#child = child;
  }

  readonly output = (): string => this.#output;

  /** Asks the node itself. */
  async is(role: "leader" | "replica"): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.#ports.rest}/${role}`)).status === 200;
  }

  /** Runs statements; the answer without any frame. */
  sql(statements: string): string {
    const where = ["-h", "127.0.0.1", "-p", String(this.#ports.sql), "-U", "postgres", "-d", "postgres"];
    return execFileSync("psql", [...where, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statements], {
      encoding: "utf8",
    }).trim();
  }

  /** Ends Patroni and its PostgreSQL, which has a process group of its own, without a word. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    spawnSync(
      join(binFolder() ?? "", "pg_ctl"),
      ["stop", "-D", join(this.#folder, "data"), "-m", "immediate"],
      asPostgres(),
    );
  }
}

function configuration(of: { name: string; folder: string; etcd: string; rest: number; sql: number }): string {
  return JSON.stringify({
    scope: "story",
    name: of.name,
    restapi: { listen: `127.0.0.1:${of.rest}`, connect_address: `127.0.0.1:${of.rest}` },
    etcd: { hosts: of.etcd },
    bootstrap: {
      dcs: { ttl: ttlSeconds, loop_wait: 1, retry_timeout: 3, maximum_lag_on_failover: 1_048_576 },
      initdb: [{ encoding: "UTF8" }, "data-checksums"],
      pg_hba: ["host replication replicator 127.0.0.1/32 trust", "host all all 127.0.0.1/32 trust"],
    },
    postgresql: {
      listen: `127.0.0.1:${of.sql}`,
      connect_address: `127.0.0.1:${of.sql}`,
      data_dir: join(of.folder, "data"),
      bin_dir: binFolder(),
      pgpass: join(of.folder, "pgpass"),
      authentication: {
        replication: { username: "replicator", password: "story" },
        superuser: { username: "postgres", password: "story" },
      },
      parameters: { unix_socket_directories: of.folder },
    },
  });
}

/** The newest PostgreSQL's programs. */
function binFolder(): string | undefined {
  try {
    const versions = readdirSync(postgresRoot).sort((left, right) => Number(right) - Number(left));
    return versions[0] === undefined ? undefined : join(postgresRoot, versions[0], "bin");
  } catch {
    return undefined;
  }
}

/** Ids of the user postgres; nothing when this process is no root and may run PostgreSQL itself. */
function asPostgres(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"])));
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

function giveAway(path: string): void {
  const { uid, gid } = asPostgres();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

async function leaderKey({ endpoint }: ServerProcess): Promise<string> {
  const answer = await fetch(`http://${endpoint}/v2/keys/service/story/leader`);
  return ((await answer.json()) as { node: { value: string } }).node.value;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + waitMs;
  let last: unknown = "no";
  while (performance.now() < deadline) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    await sleep(pollMs);
  }
  throw new Error(`not within ${waitMs} ms: ${what} (${String(last)})`);
}
