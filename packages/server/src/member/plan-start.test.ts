import assert from "node:assert/strict";
import { test } from "node:test";
import {
  computeClusterId,
  computeMemberId,
  encodeMembers,
  formatId,
  type ReadonlyMember,
} from "../membership/index.ts";
import type { ClusterDiscovery, DiscoveringMember, PeerAnswer } from "../ports/index.ts";
import { LonelyNetwork } from "../testing/index.ts";
import type { MemberOptions } from "./member-options.ts";
import { clusterVersionIn, versionsIn } from "./plan-start.ts";
import { baseOptions, Machine } from "./testing/machine.ts";

const token = "etcd-cluster";
const urls = { a: "http://10.0.0.1:2380", b: "http://10.0.0.2:2380", c: "http://10.0.0.3:2380" };
const three = `a=${urls.a},b=${urls.b},c=${urls.c}`;
const idOf = (url: string): bigint => computeMemberId([url], { token });

/** Flags of member `a`. */
function flags(more: Partial<MemberOptions> = {}): Partial<MemberOptions> {
  return { name: "a", initialCluster: three, advertisePeerUrls: [urls.a], ...more };
}

interface Others {
  readonly members?: readonly ReadonlyMember[];
  readonly clusterVersion?: string;
}

const clusterId = 0xabcn;

/** What a running cluster answers at every address but a's. */
class RunningCluster extends LonelyNetwork {
  readonly #others: Others;

  constructor(others: Others) {
    super();
    this.#others = others;
  }

  override ask(url: string, { path }: { path: string } = { path: "" }): Promise<PeerAnswer> {
    const { members, clusterVersion = "3.7.0" } = this.#others;
    if (url === urls.a || members === undefined) return super.ask(url);
    const version = JSON.stringify({ etcdserver: "3.7.1", etcdcluster: clusterVersion });
    const body = new TextEncoder().encode(path === "/members" ? encodeMembers(members) : version);
    return Promise.resolve({ status: 200, headers: { "x-etcd-cluster-id": formatId(clusterId) }, body });
  }
}

function memberAt(url: string, more: Partial<ReadonlyMember> = {}): ReadonlyMember {
  return { id: idOf(url), name: "", peerUrls: [url], clientUrls: [], isLearner: false, ...more };
}

interface Start {
  readonly others?: Others;
  readonly discovery?: ClusterDiscovery;
}

function machineOf({ others, discovery }: Start): Machine {
  const machine = new Machine();
  if (others !== undefined) machine.peerClient = new RunningCluster(others);
  machine.discovery = discovery;
  return machine;
}

test("founding: ids follow from the addresses and the token, whatever the order of the flag", async () => {
  const machine = new Machine();
  const member = await machine.begin(flags({ initialCluster: three.split(",").reverse().join(",") }));
  const ids = Object.values(urls).map(idOf);
  assert.deepEqual([member.memberId, member.clusterId], [idOf(urls.a), computeClusterId(ids)]);
  assert.deepEqual(
    member.membership.members.map(({ id }) => id),
    [...ids].sort((x, y) => (x < y ? -1 : 1)),
  );
});

test("founding: a member that the others know, but that never served, may still found", async () => {
  const machine = machineOf({ others: { members: Object.values(urls).map((url) => memberAt(url)) } });
  const member = await machine.begin(flags());
  assert.equal(member.memberId, idOf(urls.a));
});

test("joining: the cluster's own ids count, found by the peer addresses", async () => {
  const members = [memberAt(urls.a, { id: 77n, isLearner: true }), memberAt(urls.b), memberAt(urls.c)];
  const machine = machineOf({ others: { members } });
  const member = await machine.begin(flags({ initialClusterState: "existing" }));
  assert.deepEqual([member.memberId, member.clusterId], [77n, clusterId]);
  assert.equal(member.membership.members.length, 0, "who belongs to it comes through the log");
});

test("joining: the cluster may know the members by other names for the same addresses", async () => {
  const members = ["http://m-a:2380", "http://m-b:2380", urls.c].map((url) => memberAt(url));
  const machine = machineOf({ others: { members } });
  const addresses: Record<string, string> = { "m-a": "10.0.0.1", "m-b": "10.0.0.2" };
  machine.addressOf = async (host) => addresses[host]!;
  const joined = await machine.begin(flags(existing));
  assert.equal(joined.memberId, idOf("http://m-a:2380"));
  await joined.stop();
});

test("meeting: the id comes from this member's own addresses, the cluster from all that met", async () => {
  const asked: DiscoveringMember[] = [];
  const join = async (self: DiscoveringMember) => {
    asked.push(self);
    return three;
  };
  const machine = machineOf({ discovery: { kind: "join", token: "meeting", join } });
  const member = await machine.begin(flags({ initialCluster: "" }));
  const ids = Object.values(urls).map((url) => computeMemberId([url], { token: "meeting" }));
  assert.deepEqual([member.memberId, member.clusterId], [ids[0], computeClusterId(ids)]);
  assert.deepEqual(asked, [{ memberId: ids[0]!, entry: `a=${urls.a}`, resuming: false }]);
});

test("looking up: what was found is read as if it stood in --initial-cluster", async () => {
  const machine = machineOf({ discovery: { kind: "look-up", lookUp: async () => three } });
  const member = await machine.begin(flags({ initialCluster: "" }));
  assert.equal(member.clusterId, computeClusterId(Object.values(urls).map(idOf)));
});

const existing = { initialClusterState: "existing" } as const;
const meeting = (join: () => Promise<string>): Start => ({ discovery: { kind: "join", token: "t", join } });
const refusals: readonly (readonly [string, Partial<MemberOptions>, Start, string])[] = [
  ["its name is not listed", { name: "z" }, {}, `couldn't find local name "z" in the initial cluster configuration`],
  [
    "the list is empty",
    { initialCluster: "" },
    {},
    `couldn't find local name "a" in the initial cluster configuration`,
  ],
  [
    "an address is none",
    { initialCluster: "a=ftp://x" },
    {},
    "error setting up initial cluster: URL scheme must be http, https, unix, or unixs: ftp://x",
  ],
  [
    "another address is advertised",
    { advertisePeerUrls: ["http://10.0.0.9:2380"] },
    {},
    `--initial-cluster has a=${urls.a} but missing from --initial-advertise-peer-urls=http://10.0.0.9:2380` +
      ` (resolved urls: "http://10.0.0.9:2380" != "${urls.a}")`,
  ],
  [
    "one more address is advertised",
    { advertisePeerUrls: [urls.a, "http://10.0.0.9:2380"] },
    {},
    `--initial-advertise-peer-urls has http://10.0.0.9:2380 but missing from --initial-cluster=a=${urls.a},a=http://10.0.0.9:2380`,
  ],
  [
    "two members have one address",
    { initialCluster: `a=${urls.a},b=${urls.a}` },
    {},
    `initial cluster a=${urls.a},b=${urls.a} has duplicate url`,
  ],
  [
    "the others know it, and where it serves clients: its disk was lost",
    {},
    { others: { members: [memberAt(urls.a, { clientUrls: ["http://10.0.0.1:2379"] })] } },
    `member ${formatId(idOf(urls.a))} has already been bootstrapped`,
  ],
  [
    "nobody answers who it would join",
    existing,
    {},
    "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs",
  ],
  [
    "the cluster has another number of members",
    existing,
    { others: { members: [memberAt(urls.a), memberAt(urls.b)] } },
    "error validating peerURLs: member count is unequal",
  ],
  [
    "the cluster has never heard of it",
    existing,
    { others: { members: ["http://10.0.0.8:1", urls.b, urls.c].map((url) => memberAt(url)) } },
    `error validating peerURLs: PeerURLs: no match found for existing member (${formatId(idOf("http://10.0.0.8:1"))}, [http://10.0.0.8:1])`,
  ],
  [
    "the cluster is newer",
    existing,
    { others: { members: Object.values(urls).map((url) => memberAt(url)), clusterVersion: "3.8.0" } },
    "incompatible with current running cluster: its version is 3.8.0, this member's 3.7.1",
  ],
  [
    "looking up finds nothing",
    {},
    { discovery: { kind: "look-up", lookUp: () => Promise.reject(new Error("no such host")) } },
    "error setting up initial cluster: no such host",
  ],
  [
    "it would join a cluster by a meeting of founders",
    existing,
    meeting(async () => three),
    "discovery URL should not be set when joining existing initial cluster",
  ],
  [
    "the meeting is full",
    {},
    meeting(() => Promise.reject(new Error("discovery: cluster is full"))),
    "failed to join discovery cluster (discovery: cluster is full)",
  ],
  [
    "two that met have one address",
    {},
    meeting(async () => `a=${urls.a},b=${urls.a}`),
    `discovery cluster a=${urls.a},b=${urls.a} has duplicate url`,
  ],
  [
    "it is not among those that met",
    {},
    meeting(async () => `b=${urls.b}`),
    `couldn't find local name "a" in the initial cluster configuration`,
  ],
];
for (const [name, options, start, message] of refusals) {
  test(`refused, with no log written and the directory good for the next try: ${name}`, async () => {
    const machine = machineOf(start);
    await assert.rejects(machine.begin(flags(options)), { message });
    const left = await machine.disk.readdir(`${baseOptions.dataDir}/member`);
    assert.deepEqual([left, await machine.disk.readdir(`${baseOptions.dataDir}/member/snap`)], [["snap"], []]);
    const next = machineOf({});
    next.disk = machine.disk;
    await (await next.start()).stop();
  });
}

test("a member that was started before ignores every flag for starting, right or wrong", async () => {
  const machine = new Machine();
  const first = await machine.start();
  const { memberId, clusterId } = first;
  await first.stop();
  const warnings: string[] = [];
  machine.log = { ...machine.log, warn: (message) => void warnings.push(message) };
  machine.discovery = { kind: "join", token: "t", join: () => assert.fail("asked again") };
  const second = await machine.start({
    name: "other",
    initialCluster: "zz=gopher://x",
    initialClusterState: "existing",
    initialClusterToken: "other",
    advertisePeerUrls: ["http://10.9.9.9:2380"],
  });
  assert.deepEqual([second.memberId, second.clusterId], [memberId, clusterId]);
  assert.deepEqual(second.membership.members[0]!.peerUrls, baseOptions.advertisePeerUrls);
  assert.deepEqual(warnings, ["discovery token is ignored since cluster already initialized; valid logs are found"]);
  await second.stop();
});

test("a first start that was interrupted goes on with the same flags and is refused with others", async () => {
  const machine = new Machine();
  machine.discovery = { kind: "join", token, join: async () => three };
  await madeLogOnly(machine);
  const asked: boolean[] = [];
  machine.discovery = {
    kind: "join",
    token,
    join: async ({ resuming }) => {
      asked.push(resuming);
      return three;
    },
  };
  const kept = formatId(idOf(urls.a));
  await assert.rejects(machine.begin(flags({ advertisePeerUrls: [urls.b], name: "b" })), (error: Error) =>
    error.message.endsWith(`but its data directory was made for member ${kept} of ${formatId(foundedId)}`),
  );
  const member = await machine.begin(flags());
  assert.deepEqual([member.memberId, asked], [idOf(urls.a), [true, true]]);
});

const foundedId = computeClusterId(Object.values(urls).map(idOf));

/** Ends a first start when the log is there and nothing is in it. */
async function madeLogOnly(machine: Machine): Promise<void> {
  for (let operation = 1; operation < 100; operation++) {
    const trial = new Machine();
    trial.discovery = machine.discovery;
    trial.disk.cutPowerAt(operation);
    await Promise.race([trial.begin(flags()), trial.disk.whenOff]);
    const left = trial.disk.cutPower({ survival: "all" });
    if ((await left.stat(`${baseOptions.dataDir}/member/wal`)) === undefined) continue;
    machine.disk = left;
    return;
  }
  assert.fail("no log was made");
}

test("versions are read from what a member tells, and only whole ones", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  assert.equal(clusterVersionIn(encode('{"etcdserver":"3.4.23","etcdcluster":"3.4.0"}')), "3.4.0");
  assert.deepEqual(versionsIn(encode('{"etcdserver":"3.4.23","etcdcluster":"not_decided"}')), {
    server: "3.4.23",
    cluster: undefined,
  });
  assert.equal(versionsIn(encode('{"etcdserver":"x"}')), undefined);
  assert.equal(versionsIn(encode("404 page not found")), undefined);
});
