import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, ProcessCluster } from "../harness/index.ts";

let cluster: ProcessCluster;

before(async () => {
  cluster = await ProcessCluster.start(3);
});
after(() => cluster.stop());

test("one of three lost members brings the cluster back, and it grows again", async () => {
  const [survivor, , replaced] = cluster.members;
  for (let i = 0; i < 20; i++) {
    await survivor!.client.call("KV.Put", { key: Buffer.from(`key-${i}`), value: Buffer.from("x") }, 5_000);
  }
  const { header } = await survivor!.client.call("Maintenance.Status", {}, 5_000);
  // What a member has applied it can bring back; one that was killed in the act may not have heard of the last commits.
  await cluster.agree();
  await Promise.all(cluster.members.map(({ process }) => process!.kill("SIGKILL")));
  await cluster.run(survivor!, "new", { flags: ["--force-new-cluster"] });
  const list = await survivor!.client.call("Cluster.MemberList", {}, 5_000);
  assert.deepEqual(
    [list.header.clusterId, list.members.map(({ ID }: { ID: string }) => ID)],
    [header.clusterId, [header.memberId]],
  );
  const { count } = await survivor!.client.call("KV.Range", {
    key: Buffer.from("key-"),
    rangeEnd: Buffer.from("key."),
  });
  assert.equal(Number(count), 20);

  await survivor!.process!.kill("SIGTERM");
  await cluster.run(survivor!);
  const fresh = await cluster.plan("m4");
  cluster.members.splice(0, 3, survivor!);
  await eventually("a new member is added", async () => {
    await survivor!.client.call("Cluster.MemberAdd", { peerURLs: [fresh.peerUrl] }, 5_000);
    return true;
  });
  await cluster.run(fresh, "existing");
  await cluster.agree();
  replaced!.client.close();
});
