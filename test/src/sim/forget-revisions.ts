/**
 * What clients of v3 were told of revisions that a forced start lost: taken out of the history, after a look whether any of
 * it was not to be lost.
 */
import type { AnyCall, History, Told, WatchLog } from "./history.ts";
import type { CrashKind } from "./machine.ts";

/** The life after which the cluster went on alone from what one machine had. */
export interface LastLife {
  readonly machine: number;
  readonly life: number;
  readonly endMs: number;
  readonly how: CrashKind;
}

/** So long after an answer even a power cut does not make the member forget that the write was committed. */
const knownAfterMs = 1_000;

/** Whether what a member answered is there after it was forced to start alone: it had time to note that it is committed. */
export function mustSurvive(
  { machine, life, returnedMs }: { readonly machine: number; readonly life: number; readonly returnedMs: number },
  last: LastLife,
): boolean {
  if (machine !== last.machine || life !== last.life) return false;
  return last.how === "stop" || returnedMs <= last.endMs - knownAfterMs;
}

/** Whether something happened in a life that is over with the old cluster. */
export function isBefore(
  { machine, life }: { readonly machine: number; readonly life: number },
  last: LastLife,
): boolean {
  return machine !== last.machine || life <= last.life;
}

/** Takes out what is above a revision; answers what should not have been lost. */
export function forgetRevisions(history: History, last: LastLife & { readonly revision: number }): string[] {
  const isLost = (call: AnyCall) => isBefore(call, last) && (call.response?.header?.revision ?? 0) > last.revision;
  const complaints = history.calls
    .filter((call) => isLost(call) && mustSurvive(call, last))
    .map(({ kind, step }) => `a forced start lost ${kind} of step ${step}, which this member had answered`);
  replace(history.calls, (call) => (isLost(call) ? undefined : call));
  for (const log of [history.observer, ...history.watches]) forgetTold(log, last.revision);
  return complaints;
}

function forgetTold({ told }: WatchLog, revision: number): void {
  replace(told, (one): Told | undefined => {
    if (one.revision <= revision || one.kind === "compacted") return one;
    if (one.kind !== "events") return undefined;
    const events = one.events.filter((event) => event.revision <= revision);
    return events.length === 0 ? undefined : { ...one, events, revision: events.at(-1)!.revision };
  });
}

/** Puts something in place of each, or takes it out. */
export function replace<T>(all: T[], by: (one: T) => T | undefined): void {
  const kept = all.map(by).filter((one) => one !== undefined);
  all.length = 0;
  for (const one of kept) all.push(one as T);
}
