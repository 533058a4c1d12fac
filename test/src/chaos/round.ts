/** One cluster's life: founded, put under load, every fault once in random order, then examined. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually, SeededRandom } from "../harness/index.ts";
import { checkHistory, requestOf, shortTtlSeconds, show } from "../sim/index.ts";
import type { Arena } from "./arena.ts";
import { episodes } from "./episodes.ts";
import { Load } from "./load.ts";
import { describeOutage, type Measured, tooLong } from "./outages.ts";
import { logOf, Recorder } from "./recorder.ts";
import { type OtherServer, Stage } from "./stage.ts";
import { Watcher } from "./watcher.ts";

/** After the load, until short leases are surely over: their time, an election, and what spreading expiries adds. */
const expiryMs = shortTtlSeconds * 1_000 + 6_000;
const watcherCount = 3;
const quietMs = 400;

/** What a round came to. */
export interface RoundResult {
  readonly complaints: readonly string[];
  readonly measured: readonly Measured[];
  readonly calls: number;
  readonly answered: number;
  readonly revisions: number;
}

/** What a round is made of. */
export interface RoundParts {
  readonly arena: Arena;
  readonly seed: number;
  /** Names of faults to do; all if there are none. */
  readonly only: readonly string[];
  /** How often each fault is done. */
  readonly times: number;
  readonly other?: OtherServer | undefined;
  readonly print: (line: string) => void;
}

/** Runs a round. */
export async function runRound({ arena, seed, only, times, other, print }: RoundParts): Promise<RoundResult> {
  const recorder = new Recorder();
  const random = new SeededRandom(seed);
  arena.heal();
  const stage = new Stage({ arena, random, recorder, other });
  try {
    await stage.start();
    await underLoad(stage, seed, () => runEpisodes(stage, orderOf(random, { only, times }), print));
  } catch (error) {
    stage.complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  await stage.stop();
  const { history, answered, latest } = recorder;
  const outcome = { history, complaints: stage.complaints, lastCallMs: 0, events: 0, lives: 0 };
  const { measured } = stage;
  const complaints = [...checkHistory(outcome), ...tooLong(measured)];
  if (complaints.length > 0) print(`the history and the members' last words are in ${saveEvidence(stage, complaints)}`);
  return { complaints, measured, calls: history.calls.length, answered, revisions: latest };
}

/** Writes down what there is for whoever looks for the reason: every complaint in full, a call or a watch's word a line, and the ends of the logs. */
function saveEvidence({ recorder, cluster }: Stage, complaints: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "etcd-chaos-evidence-"));
  const { calls, observer } = recorder.history;
  writeFileSync(join(dir, "complaints.txt"), complaints.map((text) => `${text}\n`).join(""));
  writeFileSync(join(dir, "history.jsonl"), [...calls, ...observer.told].map((each) => `${show(each)}\n`).join(""));
  for (const { process, name } of cluster.members) writeFileSync(join(dir, `${name}.log`), process?.output ?? "");
  return dir;
}

/** Does something while clients write and watch; then lets them finish, and looks at everything. */
async function underLoad(stage: Stage, seed: number, act: () => Promise<void>): Promise<void> {
  const { recorder, random } = stage;
  const pick = () => stage.pick();
  const logs = [recorder.history.observer, ...watchLogs(recorder)];
  const watchers = logs.map((log) => new Watcher({ recorder, log, pick }));
  const load = new Load({ recorder, random, seed, pick });
  try {
    await act().finally(() => load.stop());
    await examine(stage);
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

function watchLogs(recorder: Recorder) {
  const logs = Array.from({ length: watcherCount }, (_, index) => ({ ...logOf(-3 - index), prevKv: index === 1 }));
  recorder.history.watches.push(...logs);
  return logs;
}

/** Random order; replacing all members is the last, because nothing is where it was afterwards. */
function orderOf(random: SeededRandom, { only, times }: Pick<RoundParts, "only" | "times">): string[] {
  const names = [...episodes.keys()].filter((name) => only.length === 0 || only.some((one) => name.includes(one)));
  const last = "replace all in turn";
  const several = Array.from({ length: times }, () => names.filter((name) => name !== last)).flat();
  const drawn = several.map((name) => ({ name, rank: random.fraction() }));
  drawn.sort((a, b) => a.rank - b.rank);
  return [...drawn.map(({ name }) => name), ...(names.includes(last) ? [last] : [])];
}

async function runEpisodes(stage: Stage, names: readonly string[], print: (line: string) => void): Promise<void> {
  for (const name of names) {
    await stage.settle();
    const begunMs = performance.now();
    const already = stage.measured.length;
    await episodes.get(name)!(stage);
    const outages = stage.measured.slice(already).map(describeOutage);
    print(
      `${name}: writes away for ${outages.join(", ")}; took ${((performance.now() - begunMs) / 1000).toFixed(1)} s`,
    );
  }
}

/** When all is well again: what every member holds, and that nobody has more than the others. */
async function examine(stage: Stage): Promise<void> {
  const { recorder, cluster } = stage;
  await stage.settle();
  await sleep(expiryMs);
  for (const spec of [
    {
      kind: "range",
      key: "\0",
      end: "\0",
      serializable: false,
      limit: 0,
      countOnly: false,
      keysOnly: false,
      sortOrder: 0,
      sortTarget: 0,
    },
    { kind: "hashKv", back: 0 },
    { kind: "leases" },
  ] as const) {
    for (const seat of stage.seatsOf(cluster.members)) {
      const call = await recorder.send(requestOf(spec, recorder), { seat, step: -1, timeoutMs: 10_000 });
      if (call.error !== undefined) stage.complain(`${spec.kind} at the end on ${seat.name}: ${call.error}`);
    }
  }
  await cluster.agree();
  await eventually("the observer is told everything", async () => recorder.observed >= recorder.latest || undefined);
  await sleep(quietMs);
}
