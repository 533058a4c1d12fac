/**
 * Watches of the v2 API tell every change they are about once, in order, and none is missing: a long poll the first one
 * from `waitIndex` on, a stream all of them (the removal of the very node it watches twice, as etcd does). Renewals are told to nobody; hidden keys only to those who look for the past.
 * Whoever begins in the past is told one event, even as a stream; whoever begins too far back is told so.
 */
import { isAlike } from "./model/alike.ts";
import { show } from "./model/answers.ts";
import type { V2EventJson, V2History, V2WatchLog } from "./v2-history.ts";
import { type V2Log, withoutTtl } from "./v2-log.ts";
import { isBelow } from "./v2-model.ts";

/** Events that are kept. */
const historyMax = 1000;

/** What the checks build on. */
export interface WatchCheckParts {
  readonly log: V2Log;
  /** What went with each removal. */
  readonly removed: ReadonlyMap<number, readonly string[]>;
}

/** What is wrong with what watches were told. */
export function checkV2Watches(history: V2History, parts: WatchCheckParts): string[] {
  const reached = reachedBy(history);
  return history.watches.flatMap((watch) =>
    new WatchCheck(watch, { ...parts, dialect: history.dialect, reached }).run(),
  );
}

/** The highest index that a life was seen to have at a moment when all it had told had arrived. */
function reachedBy({ samples }: V2History): Map<string, number> {
  const reached = new Map<string, number>();
  for (const { machine, life, index } of samples) reached.set(`${machine}/${life}`, index);
  return reached;
}

interface OneCheckParts extends WatchCheckParts {
  readonly dialect: string;
  readonly reached: ReadonlyMap<string, number>;
}

class WatchCheck {
  readonly #watch: V2WatchLog;
  readonly #parts: OneCheckParts;

  constructor(watch: V2WatchLog, parts: OneCheckParts) {
    this.#watch = watch;
    this.#parts = parts;
  }

  run(): string[] {
    const { startIndex, since, error } = this.#watch;
    if (startIndex === undefined) return [];
    if (error !== undefined) return this.#refusal(startIndex);
    const oldest = Math.max(1, startIndex - historyMax + 1);
    if (since !== 0 && since < oldest) return [this.#complaint(`was not told that events before ${oldest} are gone`)];
    const past = since === 0 ? [] : this.#past(startIndex);
    return past.length > 0 ? this.#told(past, true) : this.#told(this.#coming(startIndex), false);
  }

  #refusal(startIndex: number): string[] {
    const { error, since } = this.#watch;
    const oldest = Math.max(1, startIndex - historyMax + 1);
    const cause = `the requested history has been cleared [${oldest}/${since}]`;
    const isRight = error!.errorCode === 401 && since < oldest && error!.cause === cause && error!.index === startIndex;
    return isRight ? [] : [this.#complaint(`was refused at index ${startIndex} with ${show(error)}`)];
  }

  /** The event that a look into the past finds, if any. */
  #past(startIndex: number): number[] {
    const { log } = this.#parts;
    let isFirst = true;
    for (let index = this.#watch.since; index <= startIndex; index++) {
      const event = log.events.get(index);
      if (event?.refresh === true) continue;
      if (event !== undefined && this.#isPast(event, isFirst)) return [index];
      isFirst = false;
    }
    return [];
  }

  #isPast({ action, node, prevNode }: V2EventJson, isFirst: boolean): boolean {
    const { key, recursive } = this.#watch;
    const changed = node!.key!;
    // 2.3 finds a recursive watch's own key only in the first event that it looks at.
    if (changed === key && (isFirst || !recursive || this.#parts.dialect !== "2.3")) return true;
    if (recursive && isBelow(changed, key)) return true;
    const isGone = (action === "delete" || action === "expire") && prevNode?.dir === true;
    return isGone && (changed === key || isBelow(key, changed));
  }

  /** What a waiting watch is told of. */
  #coming(startIndex: number): number[] {
    const { machine, life, since } = this.#watch;
    const reached = Math.max(this.#parts.reached.get(`${machine}/${life}`) ?? 0, this.#lastTold());
    const found: number[] = [];
    for (let index = Math.max(startIndex + 1, since); index <= reached; index++) {
      const event = this.#parts.log.events.get(index);
      if (event === undefined || event.refresh === true || !this.#concerns(index, event)) continue;
      found.push(index);
      // Both the removal of the node and the change at its path wake who watches it: 2.3 and 3.4 tell a stream twice.
      if (event.node!.key === this.#watch.key && this.#parts.removed.has(index)) found.push(index);
    }
    return found;
  }

  #lastTold(): number {
    return this.#watch.told.at(-1)?.event.node?.modifiedIndex ?? 0;
  }

  #concerns(index: number, { node }: V2EventJson): boolean {
    const { key, recursive } = this.#watch;
    const changed = node!.key!;
    if (changed === key) return true;
    if (this.#parts.removed.get(index)?.includes(key) === true) return true;
    return recursive && isBelow(changed, key) && !changed.slice(key === "/" ? 0 : key.length).includes("/_");
  }

  #told(expected: readonly number[], isPast: boolean): string[] {
    const { told, stream, ended } = this.#watch;
    const goesOn = stream && !isPast;
    const wanted = goesOn ? expected : expected.slice(0, 1);
    const indexes = told.map(({ event }) => event.node?.modifiedIndex ?? 0);
    // The server may end an answer: whoever fell behind goes, and everybody when the member takes over a snapshot.
    const mayBeShort = ended && (goesOn || indexes.length === 0);
    const isRight =
      indexes.every((index, i) => index === wanted[i]) && (mayBeShort || indexes.length === wanted.length);
    const complaints = told.flatMap(({ event }) => this.#content(event));
    return isRight ? complaints : [...complaints, this.#complaint(`was told ${show(indexes)}, not ${show(wanted)}`)];
  }

  #content(event: V2EventJson): string[] {
    const index = event.node?.modifiedIndex ?? 0;
    const { refresh: _, ...expected } = this.#parts.log.events.get(index) ?? { action: "none" };
    const { dialect } = this.#parts;
    const isPlain = dialect === "2.3" && expected.action === "expire" && expected.node !== undefined;
    const shown = isPlain ? { ...expected, node: withoutDir(expected.node!) } : expected;
    const told = withoutTtl(event);
    return isAlike(told, shown) ? [] : [this.#complaint(`was told ${show(told)}, not ${show(shown)}`)];
  }

  #complaint(text: string): string {
    const { step, machine, life, key, recursive, stream, since, startIndex } = this.#watch;
    const what = `${key}${recursive ? " and below" : ""}${stream ? ", a stream," : ""} from ${since}, begun at ${startIndex}`;
    return `v2: watch ${step} on ${machine}, life ${life}, of ${what}: ${text}`;
  }
}

function withoutDir({ dir: _, ...node }: NonNullable<V2EventJson["node"]>): NonNullable<V2EventJson["node"]> {
  return node;
}
