/** All checks of what clients of the v2 API saw, in the order in which one builds on the other. */
import { show } from "./model/answers.ts";
import { checkV2Watches } from "./v2-check-watches.ts";
import type { V2Call, V2History } from "./v2-history.ts";
import { isLogged, V2Log } from "./v2-log.ts";
import { V2Replay } from "./v2-replay.ts";
import { V2Times } from "./v2-times.ts";

/** What is wrong; nothing if all is well. */
export function checkV2(history: V2History): string[] {
  const log = new V2Log(history);
  const times = new V2Times(history);
  const replay = new V2Replay({ history, log, times });
  replay.run();
  times.checkQuiet(history);
  const { removed } = replay;
  return [
    ...log.complaints.map((text) => `v2: ${text}`),
    ...replay.complaints,
    ...checkOrder(history, log),
    ...times.complaints,
    ...checkV2Watches(history, { log, removed }),
  ];
}

/** Real time: what was told is there for whoever asks later, through the log of everybody, else of the same process. */
function checkOrder(history: V2History, log: V2Log): string[] {
  const complaints: string[] = [];
  const toldBy = new Map<string, { at: number; index: number }[]>();
  const learn = (life: string, seen: { at: number; index: number }) => {
    const present = toldBy.get(life);
    if (present === undefined) toldBy.set(life, [seen]);
    else present.push(seen);
  };
  for (const { machine, life, at, index } of history.samples) learn(`${machine}/${life}`, { at, index });
  for (const call of history.calls)
    learn(`${call.machine}/${call.life}`, { at: call.returnedAt, index: call.index ?? 0 });
  for (const call of history.calls) {
    if ((call.index ?? 0) === 0) continue;
    const own = toldBy.get(`${call.machine}/${call.life}`) ?? [];
    const least = isLogged(call) ? leastLogged(call, log) : highestBefore(own, call.calledAt);
    if (call.index! < least) {
      const what = `${call.asked.method} ${call.asked.key} ${show(call.asked.form)}`;
      complaints.push(
        `v2: step ${call.step} at ${call.calledMs} ms on ${call.machine}, ${what}: index ${call.index}, but ${least} is the least`,
      );
    }
  }
  return complaints;
}

function leastLogged(call: V2Call, log: V2Log): number {
  const known = log.knownBefore(call.calledAt);
  const changes = call.event !== undefined && call.asked.method !== "GET";
  return changes ? known + 1 : known;
}

function highestBefore(seen: readonly { at: number; index: number }[], at: number): number {
  let highest = 0;
  for (const one of seen) if (one.at < at) highest = Math.max(highest, one.index);
  return highest;
}
