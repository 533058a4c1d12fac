/**
 * What clients of v2 were told of indexes that a forced start lost: taken out of the history. The first index at which the
 * survivor's tree goes another way is where it had to give up the others: their removal is an event of the tree too.
 */
import { isBefore, type LastLife, mustSurvive, replace } from "./forget-revisions.ts";
import { show } from "./model/answers.ts";
import type { V2Dump, V2History } from "./v2-history.ts";
import { withoutTtl } from "./v2-log.ts";

const ofMembers = "/0/";

/** Takes out what is beyond the last index that survived; `now` is the survivor's tree. Answers what should not have been lost. */
export function forgetIndexes(history: V2History, last: LastLife, now: V2Dump): string[] {
  const index = survivingIndex(
    history.dumps.filter((dump) => isBefore(dump, last)),
    now,
  );
  const isLost = (one: { machine: number; life: number; index?: number | undefined }) =>
    isBefore(one, last) && (one.index ?? 0) > index;
  const complaints = history.calls
    .filter((call) => isLost(call) && mustSurvive(call, last))
    .map(({ step, index: at }) => `a forced start lost index ${at} of step ${step}, which this member had answered`);
  replace(history.calls, (call) => (isLost(call) ? undefined : call));
  replace(history.samples, (sample) => (isLost(sample) ? undefined : sample));
  replace(history.dumps, (dump) => (isLost(dump) ? shortened(dump, index) : dump));
  replace(history.watches, (watch) => {
    if (!isBefore(watch, last)) return watch;
    if ((watch.startIndex ?? 0) > index) return undefined;
    const told = watch.told.filter(({ event }) => (event.node?.modifiedIndex ?? 0) <= index);
    return { ...watch, told };
  });
  history.dumps.push(now);
  return complaints;
}

/** The last index that the old cluster's trees have like the survivor's. */
function survivingIndex(dumps: readonly V2Dump[], now: V2Dump): number {
  const before = new Map<number, string>();
  for (const { events } of dumps) {
    for (const event of events) before.set(event.node?.modifiedIndex ?? 0, show(withoutTtl(event)));
  }
  let index = Math.max(0, now.index - now.events.length);
  for (const event of now.events) {
    const known = before.get(index + 1);
    // Nobody was looked at while the survivor alone had it.
    const isNew = known === undefined && event.node?.key?.startsWith(ofMembers) === true;
    if (isNew || (known !== undefined && known !== show(withoutTtl(event)))) break;
    index++;
  }
  return index;
}

function shortened(dump: V2Dump, index: number): V2Dump {
  const events = dump.events.filter(({ node }) => (node?.modifiedIndex ?? 0) <= index);
  return { ...dump, index, events, root: undefined, calm: false };
}
