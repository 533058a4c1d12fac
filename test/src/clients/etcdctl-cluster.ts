/**
 * Runs the operator's session on a cluster of three, and reduces what etcdctl prints to what must be equal between two makes of members.
 * Addresses are the same for both, and so are the ids that follow from them; those of members that are added depend on the time.
 */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterMember, eventually, freePorts, type Place, ProcessCluster } from "../harness/index.ts";
import type { Shown } from "./etcdctl.ts";
import { type ClusterStep, clusterSteps } from "./etcdctl-cluster-steps.ts";

const founders = ["m1", "m2", "m3"];
const names = [...founders, "m4"];
const patienceMs = 90_000;
const againMs = 250;
/** Changes of the membership are refused until the members have been connected for five seconds. */
const connectedMs = 6_000;

const masks: readonly (readonly [RegExp, string])[] = [
  [/^\{"level".*$/gm, "<log line>"],
  [/took (= )?[\d.]+[µmn]?s/g, "took <time>"],
  [/"(took|Took)"( : |:)"?[\d.]+[µmn]?s"?/g, '"$1"$2<time>'],
  [
    /"(raft_term|raftTerm|raftIndex|raftAppliedIndex|dbSize|dbSizeInUse|hash|revision|compact_revision)":\d+/g,
    '"$1":<n>',
  ],
  [/"(RaftTerm|RaftIndex|RaftAppliedIndex|DBSize|DBSizeInUse|Hash|Revision|CompactRevision)" : \d+/g, '"$1" : <n>'],
  [/"version":"[^"]*"/g, '"version":"<version>"'],
  [/"Version" : "[^"]*"/g, '"Version" : "<version>"'],
  // Whoever of the members answers first tells its own id.
  [/("member_id":|"MemberID" : )\d+/g, "$1<id>"],
  [/^(\S+:\d+), \d+$/gm, "$1, <hash>"],
  [
    /^(\S+:\d+), ([0-9a-f]+), \S+, [\d.]+ [kM]?B, (true|false), (true|false), \d+, \d+, \d+, $/gm,
    "$1, $2, <figures>, $3, $4",
  ],
];

/** Where the members of one comparison run: both makes in the same places, one after the other. */
export async function placesForCluster(): Promise<ReadonlyMap<string, Place>> {
  const ports = await freePorts(2 * names.length);
  const place = (at: number): Place => ({ host: "127.0.0.1", ports: [ports[2 * at] ?? 0, ports[2 * at + 1] ?? 0] });
  return new Map(names.map((name, at) => [name, place(at)]));
}

/** Runs all steps on a fresh cluster of this program, and tells what each showed. */
export async function showCluster(binary: string, places: ReadonlyMap<string, Place>): Promise<Shown[]> {
  const session = new Session(binary, places);
  try {
    await session.found();
    const shown: Shown[] = [];
    for (const step of clusterSteps) {
      const one = await session.run(step);
      if (one !== undefined) shown.push(one);
    }
    return shown;
  } finally {
    await session.stop();
  }
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

class Session {
  readonly #cluster: ProcessCluster;
  readonly #places: ReadonlyMap<string, Place>;
  /** By name, in hexadecimal; those that were removed stay. */
  readonly #ids = new Map<string, string>();

  constructor(binary: string, places: ReadonlyMap<string, Place>) {
    this.#places = places;
    this.#cluster = new ProcessCluster({ binary, place: async (name) => places.get(name)! });
  }

  async found(): Promise<void> {
    for (const name of founders) await this.#cluster.plan(name);
    await Promise.all(this.#cluster.members.map((member) => this.#cluster.run(member)));
    for (const member of this.#cluster.members) {
      const { header } = await member.client.call("Maintenance.Status", {}, 5_000);
      this.#ids.set(member.name, BigInt(header.memberId).toString(16));
    }
    await sleep(connectedMs);
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }

  async run(step: ClusterStep): Promise<Shown | undefined> {
    if (step.act !== undefined) {
      await this.#act(step.act);
      return undefined;
    }
    const { args = "", to = founders.join(" ") } = step;
    const { output, code } = await this.#finish(step, {
      endpoints: to.split(" ").map((name) => this.#endpointOf(name)),
      words: args.split(" ").map((word) => this.#word(word)),
    });
    this.#learn(args, output);
    return { command: `${args} (to ${to})`, output: `${this.#mask(output, step)}exit ${code}` };
  }

  async #finish(step: ClusterStep, call: { endpoints: readonly string[]; words: readonly string[] }): Promise<Ended> {
    const deadlineMs = performance.now() + patienceMs;
    for (;;) {
      const ended = await etcdctl(call);
      const isDone = step.isAwaited !== true || ended.code === 0;
      if ((isDone && step.until?.test(ended.output) !== false) || performance.now() > deadlineMs) return ended;
      await sleep(againMs);
    }
  }

  async #act({ what, member: name }: NonNullable<ClusterStep["act"]>): Promise<void> {
    if (what === "start") {
      const fresh = await this.#cluster.plan(name);
      await this.#cluster.spawn(fresh, "existing");
      return;
    }
    const member = this.#member(name);
    if (what === "kill") await member.process!.kill("SIGKILL");
    else if (what === "restart") await this.#cluster.run(member);
    else await this.#lead(member);
  }

  async #lead(member: ClusterMember): Promise<void> {
    await eventually(`${member.name} leads`, async () => {
      const leader = await this.#cluster.leader();
      if (leader === member) return true;
      const targetID = BigInt(`0x${this.#ids.get(member.name)}`).toString();
      await leader.client.call("Maintenance.MoveLeader", { targetID }, 5_000);
      return undefined;
    });
  }

  #member(name: string): ClusterMember {
    return this.#cluster.members.find((one) => one.name === name)!;
  }

  #endpointOf(name: string): string {
    const { host, ports } = this.#places.get(name)!;
    return `${host}:${ports[0]}`;
  }

  #word(word: string): string {
    return word.replace(/\$(m\d)(\.peer|\.client)?/g, (_, name: string, kind: string | undefined) => {
      if (kind === undefined) return this.#ids.get(name) ?? "0";
      const { host, ports } = this.#places.get(name)!;
      return kind === ".peer" ? `http://${host}:${ports[1]}` : `${host}:${ports[0]}`;
    });
  }

  #learn(args: string, output: string): void {
    const name = /^member add (m\d)/.exec(args)?.[1];
    const id = /^Member +([0-9a-f]+) added/m.exec(output)?.[1];
    if (name !== undefined && id !== undefined) this.#ids.set(name, id);
  }

  #mask(output: string, { isUnordered }: ClusterStep): string {
    let text = output;
    for (const [name, id] of this.#ids) {
      if (founders.includes(name)) continue;
      const decimal = BigInt(`0x${id}`).toString();
      // etcdctl puts spaces in front of ids that are short by chance.
      text = text
        .replaceAll(id.padStart(16, " "), `<${name}>`)
        .replaceAll(id, `<${name}>`)
        .replaceAll(decimal, `<${name}>`);
    }
    for (const [pattern, replacement] of masks) text = text.replace(pattern, replacement);
    const lines = text.split("\n").filter((line) => !/^\+[-+]+\+$/.test(line));
    const rows = lines.map((line) => (line.startsWith("|") ? maskRow(line) : line));
    return (isUnordered === true ? parts(rows).sort() : rows).join("\n");
  }
}

/** The items of a JSON list are put in order as lines are; where the list begins and ends does not matter then. */
function parts(rows: readonly string[]): string[] {
  return rows.flatMap((row) => row.replace(/\[(?=\{)|(?<=\})\]|"/g, ",").split(","));
}

function maskRow(line: string): string {
  const cells = line.split("|").map((cell) => cell.trim());
  const isMeasured = (cell: string): boolean => /^(\d+|\d+\.\d+\.\d+|[\d.]+ [kMG]?B|[\d.]+[µmn]?s)$/.test(cell);
  return cells.map((cell) => (isMeasured(cell) ? "<figure>" : cell)).join("|");
}

function etcdctl({ endpoints, words }: { endpoints: readonly string[]; words: readonly string[] }): Promise<Ended> {
  const all = ["--endpoints", endpoints.join(","), ...words];
  const env = { ...process.env, ETCDCTL_API: "3" };
  return new Promise((resolve) => {
    execFile("etcdctl", all, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, output: `${stdout}${stderr}` });
    });
  });
}
