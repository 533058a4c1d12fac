/**
 * The faults. Each begins with a cluster that is well, does its worst under load, measures how long writes were away, and leaves a
 * cluster that is well, or will be once the network heals.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterMember, eventually } from "../harness/index.ts";
import { limits } from "./outages.ts";
import type { Stage } from "./stage.ts";

const { failoverMs, handoverMs, stepDownMs, followerMs } = limits;

/** One fault. */
export type Episode = (stage: Stage) => Promise<void>;

async function kill(stage: Stage, victim: ClusterMember, limitMs: number): Promise<void> {
  const { others } = await stage.roles();
  const exited = victim.process!.kill("SIGKILL");
  await stage.measure(`SIGKILL of ${roleName(limitMs)}`, others(victim), limitMs);
  await exited;
  await sleep(stage.random.below(2_000));
  await stage.run(victim);
}

async function pause(stage: Stage, victim: ClusterMember, limitMs: number): Promise<void> {
  const { others } = await stage.roles();
  const { pid } = victim.process!;
  process.kill(pid, "SIGSTOP");
  try {
    await stage.measure(`SIGSTOP of ${roleName(limitMs)}`, others(victim), limitMs);
    await sleep(1_000 + stage.random.below(2_500));
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

function roleName(limitMs: number): string {
  return limitMs === failoverMs ? "the leader" : "a follower";
}

/** Cuts links until the writes have resumed, and some seconds more. */
async function partition(
  stage: Stage,
  fault: string,
  { links, on, limitMs }: { links: [ClusterMember, ClusterMember][]; on: readonly ClusterMember[]; limitMs: number },
): Promise<void> {
  for (const [from, to] of links) stage.arena.cut(from.name, to.name);
  await stage.measure(fault, on, limitMs);
  await sleep(1_000 + stage.random.below(2_500));
  stage.arena.heal();
}

const outOf = (one: ClusterMember, others: ClusterMember[]) =>
  others.map((other): [ClusterMember, ClusterMember] => [one, other]);
const into = (one: ClusterMember, others: ClusterMember[]) =>
  others.map((other): [ClusterMember, ClusterMember] => [other, one]);

/** Brings leadership to a member. */
async function lead(stage: Stage, member: ClusterMember): Promise<void> {
  await eventually(`${member.name} leads`, async () => {
    const leader = await stage.cluster.leader();
    if (leader === member) return true;
    const { header } = await member.client.call("Maintenance.Status", {}, 1_000);
    await leader.client.call("Maintenance.MoveLeader", { targetID: header.memberId }, 5_000);
    return undefined;
  });
}

async function fillDisk(stage: Stage, isLeader: boolean): Promise<void> {
  const victim = stage.cluster.members.find(({ name }) => name === "m1")!;
  const others = stage.cluster.members.filter((member) => member !== victim);
  await lead(stage, isLeader ? victim : stage.random.pick(others));
  stage.disk.fill(64 * 1024);
  const ended = await Promise.race([victim.process!.exited, sleep(20_000)]);
  const who = isLeader ? "the leader" : "a follower";
  await stage.measure(`full disk of ${who}`, others, isLeader ? failoverMs : followerMs);
  if (ended === undefined) stage.complain(`the member on a full disk went on: ${victim.process!.output.slice(-500)}`);
  else if (ended.code !== 1) stage.complain(`the member on a full disk ended with ${ended.code} ${ended.signal}`);
  stage.disk.makeRoom();
  if (ended === undefined) await victim.process!.kill("SIGKILL");
  await stage.run(victim);
}

/** Restarts all members in order, one after the other. */
async function rollingRestart(stage: Stage): Promise<void> {
  for (const member of [...stage.cluster.members]) {
    const { others } = await stage.roles();
    const exited = member.process!.kill("SIGTERM");
    await stage.measure("orderly restart", others(member), handoverMs);
    const { code } = await exited;
    if (code !== 0) stage.complain(`${member.name} ended with ${code} after SIGTERM`);
    await stage.run(member);
  }
}

/** Replaces every member: a learner comes, is promoted, and the old member goes. */
async function replaceAll(stage: Stage): Promise<void> {
  for (const old of [...stage.cluster.members]) {
    await replace(stage, old);
    await stage.settle();
  }
}

async function replace(stage: Stage, old: ClusterMember): Promise<void> {
  const { client } = stage.cluster.members.find((member) => member !== old)!;
  const next = await stage.cluster.plan(`${old.name}x`);
  const { member } = await eventually("a learner is added", () =>
    client.call("Cluster.MemberAdd", { peerURLs: [next.peerUrl], isLearner: true }),
  );
  // Together, so that a newcomer that does not start says so, and nobody waits for its promotion.
  await Promise.all([
    stage.run(next, "existing"),
    eventually("the learner is promoted", async () => {
      await client.call("Cluster.MemberPromote", { ID: member.ID }, 2_000);
      return true;
    }),
  ]);
  const { header } = await old.client.call("Maintenance.Status", {}, 2_000);
  const others = stage.cluster.members.filter((one) => one !== old);
  await eventually("the old member is removed", async () => {
    await client.call("Cluster.MemberRemove", { ID: header.memberId }, 5_000).catch((error) => {
      if (!String(error).includes("member not found")) throw error;
    });
    return true;
  });
  await stage.measure("removal of a member", others, handoverMs);
  const ended = await Promise.race([old.process!.exited, sleep(10_000)]);
  if (ended?.code !== 0) stage.complain(`${old.name} was removed, and ended with ${ended?.code ?? "nothing"}`);
  stage.cluster.forget(old);
}

/** All faults by name, in no order, but for the last. */
export const episodes: ReadonlyMap<string, Episode> = new Map<string, Episode>([
  ["kill the leader", async (stage) => kill(stage, (await stage.roles()).leader, failoverMs)],
  ["kill a follower", async (stage) => kill(stage, (await stage.roles()).followers[0]!, followerMs)],
  ["stop the leader", async (stage) => pause(stage, (await stage.roles()).leader, failoverMs)],
  ["stop a follower", async (stage) => pause(stage, (await stage.roles()).followers[0]!, followerMs)],
  [
    "cut off the leader",
    async (stage) => {
      const { leader, followers } = await stage.roles();
      const links = [...outOf(leader, followers), ...into(leader, followers)];
      await partition(stage, "leader cut off", { links, on: followers, limitMs: failoverMs });
    },
  ],
  [
    "mute the leader",
    async (stage) => {
      const { leader, followers } = await stage.roles();
      await partition(stage, "leader mute", { links: outOf(leader, followers), on: followers, limitMs: failoverMs });
    },
  ],
  [
    "deafen the leader",
    async (stage) => {
      const { leader, followers } = await stage.roles();
      await partition(stage, "leader deaf", { links: into(leader, followers), on: followers, limitMs: stepDownMs });
    },
  ],
  [
    "cut off a follower",
    async (stage) => {
      const { leader, followers } = await stage.roles();
      const [victim, other] = followers as [ClusterMember, ClusterMember];
      const links = [...outOf(victim, [leader, other]), ...into(victim, [leader, other])];
      await partition(stage, "follower cut off", { links, on: [leader, other], limitMs: followerMs });
    },
  ],
  [
    "cut the leader from one follower",
    async (stage) => {
      const { leader, followers } = await stage.roles();
      const [victim, bridge] = followers as [ClusterMember, ClusterMember];
      const links = [...outOf(leader, [victim]), ...into(leader, [victim])];
      await partition(stage, "bridge", { links, on: [leader, bridge], limitMs: followerMs });
    },
  ],
  ["fill the leader's disk", (stage) => fillDisk(stage, true)],
  ["fill a follower's disk", (stage) => fillDisk(stage, false)],
  ["restart all in turn", rollingRestart],
  ["replace all in turn", replaceAll],
]);
