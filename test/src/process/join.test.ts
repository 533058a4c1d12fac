import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { freePorts } from "../harness/index.ts";
import { EtcdProcess, endAll } from "./etcd-process.ts";

const folder = mkdtempSync(join(tmpdir(), "etcd-join-"));
after(() => {
  endAll();
  rmSync(folder, { recursive: true, force: true });
});

interface Joining {
  readonly name: string;
  readonly dir: string;
  readonly ports: readonly number[];
  /** Ports of peers. */
  readonly peers?: readonly number[];
  readonly more?: readonly string[];
}

function machine({ name, dir, ports: [client = 0, peer = 0], peers = [], more = [] }: Joining): EtcdProcess {
  const joined = peers.length === 0 ? [] : ["-C", peers.map((port) => `127.0.0.1:${port}`).join(",")];
  const addresses = ["-c", `127.0.0.1:${client}`, "-s", `127.0.0.1:${peer}`];
  return new EtcdProcess(["-n", name, "-d", join(folder, dir), ...addresses, ...joined, ...more]);
}

async function refusal(process: EtcdProcess): Promise<string> {
  const line = await process.logged("failed to start etcd");
  assert.equal((await process.ended).code, 1);
  return String(line["error"]);
}

test("a machine that cannot join says why in one line, and the cluster stays as it was", async () => {
  const [client = 0, peer = 0, otherClient = 0, otherPeer = 0] = await freePorts(4);
  const founder = machine({ name: "n1", dir: "n1", ports: [client, peer] });
  await founder.serving();
  const ports = [otherClient, otherPeer];
  const before = "error setting up initial cluster: ";
  assert.equal(
    await refusal(machine({ name: "n1", dir: "namesake", ports, peers: [peer] })),
    `${before}the cluster has a machine n1 at http://127.0.0.1:${peer}: remove that one first, or choose another name`,
  );
  assert.equal(
    await refusal(machine({ name: "n2", dir: "itself", ports, peers: [otherPeer] })),
    `${before}cannot join the cluster through http://127.0.0.1:${otherPeer}: that is this machine`,
  );
  const machines = await fetch(`http://127.0.0.1:${client}/v2/machines`);
  assert.equal(await machines.text(), `http://127.0.0.1:${client}`);
  await founder.stop();
});

test("a restart keeps what a machine of before 2.0 has stored, and -f throws it away", async () => {
  const ports = await freePorts(2);
  const url = `http://127.0.0.1:${ports[0]}/v2/keys/a`;
  const first = machine({ name: "n1", dir: "kept", ports });
  await first.serving();
  await fetch(url, { method: "PUT", body: new URLSearchParams({ value: "1" }) });
  await first.stop();
  const second = machine({ name: "n1", dir: "kept", ports });
  await second.serving();
  assert.equal((await fetch(url)).status, 200);
  await second.stop();
  const third = machine({ name: "n1", dir: "kept", ports, more: ["-f"] });
  await third.serving();
  assert.equal((await fetch(url)).status, 400);
  await third.stop();
});
