/**
 * Goes through the log of the v2 tree from its first event to its last, beside the model: every event has an author whose
 * request comes to just this event in the state before it, or it is the end of a node's time; and whoever was told
 * something as of an index was told what the model says there.
 */
import { isAlike } from "./model/alike.ts";
import { show } from "./model/answers.ts";
import type { V2Call, V2Dump, V2EventJson, V2History, V2StoredNode } from "./v2-history.ts";
import { isLogged, type V2Log, withoutTtl } from "./v2-log.ts";
import { type ModelNode, V2Model } from "./v2-model.ts";
import { endProblem, type V2Times } from "./v2-times.ts";

const expireAction = "expire";
/** What a node without a time to live has in stored trees. */
const noTime = "0001-01-01T00:00:00Z";
/** The number of an error that tells nothing about what became of the request. */
const unknownOutcome = 300;

/** What the replay works on. */
export interface ReplayParts {
  readonly history: V2History;
  readonly log: V2Log;
  readonly times: V2Times;
}

/** The replay. */
export class V2Replay {
  readonly complaints: string[] = [];
  /** What went with each removal, by its index. */
  readonly removed = new Map<number, readonly string[]>();
  readonly #parts: ReplayParts;
  readonly #model = new V2Model();
  /** Writes that were told their index. */
  readonly #writers = new Map<number, V2Call[]>();
  /** Calls that changed nothing, by the index they were answered at. */
  readonly #readers = new Map<number, V2Call[]>();
  readonly #dumps = new Map<number, V2Dump[]>();
  /** Writes of which nobody knows what became. */
  readonly #unknown = new Set<V2Call>();

  constructor(parts: ReplayParts) {
    this.#parts = parts;
    for (const call of parts.history.calls) this.#sort(call);
    for (const dump of parts.history.dumps) addTo(this.#dumps, dump.index, dump);
  }

  run(): void {
    const { log } = this.#parts;
    for (let index = 0; index <= log.last; index++) {
      const event = log.events.get(index);
      if (event !== undefined) this.#event(index, event);
      else
        for (const call of this.#writers.get(index) ?? [])
          this.#complain(call, `was answered with index ${index}, which is not its own`);
      for (const call of this.#readers.get(index) ?? []) this.#reader(index, call);
      for (const dump of this.#dumps.get(index) ?? []) this.#dump(dump);
    }
  }

  #sort(call: V2Call): void {
    const { asked, error, event, index, returnedAt } = call;
    const writes = asked.method !== "GET";
    const isUnknown =
      returnedAt === Number.POSITIVE_INFINITY || error?.errorCode === unknownOutcome || (error ?? event) === undefined;
    if (isUnknown) {
      if (writes) this.#unknown.add(call);
    } else if (writes && event !== undefined) addTo(this.#writers, index ?? 0, call);
    else addTo(this.#readers, index ?? 0, call);
  }

  #event(index: number, event: V2EventJson): void {
    const { times } = this.#parts;
    const writers = this.#writers.get(index) ?? [];
    for (const call of writers) times.checkPresent(this.#model, call);
    const author = writers[0] ?? this.#findAuthor(index, event);
    if (writers.length > 1) this.#complain(writers[1]!, `was told index ${index}, as was step ${writers[0]!.step}`);
    if (author !== undefined) this.#authored(index, { event, author });
    else if (event.action === expireAction) this.#expired(index, event);
    else this.complaints.push(`v2: nobody asked for event ${index}: ${show(event)}`);
    if (["delete", expireAction, "compareAndDelete"].includes(event.action)) {
      this.removed.set(index, this.#model.pathsFrom(event.node!.key!));
    }
    this.#model.follow(event);
  }

  #authored(index: number, { event, author }: { event: V2EventJson; author: V2Call }): void {
    const { log, times } = this.#parts;
    const { refresh = false, ...told } = event;
    const predicted = this.#predict(index, { event, author });
    if (!isAlike(predicted, told)) this.#complain(author, `event ${index} is ${show(told)}, not ${show(predicted)}`);
    const { form } = author.asked;
    const canRefresh = author.asked.method === "PUT" && form["prevExist"] !== "false";
    if (refresh !== (canRefresh && form["refresh"] === "true"))
      this.#complain(author, `event ${index}: refresh is ${refresh}`);
    if (log.known(index).at < author.calledAt)
      this.#complain(author, `was asked for after its event ${index} was known`);
    times.checkGiven(event, { author, knownMs: log.known(index).ms });
    if (author.event === undefined) return;
    const { dialect } = this.#parts.history;
    const isBrief = dialect === "3.4" && form["noValueOnSuccess"] === "true" && author.asked.method !== "DELETE";
    const answer = withoutTtl(author.event);
    const expected = isBrief ? { action: told.action } : told;
    if (!isAlike(answer, expected)) this.#complain(author, `was answered ${show(answer)}, not ${show(expected)}`);
    const isNew = event.action === "create" || (event.action === "set" && event.prevNode === undefined);
    if (author.status !== (isNew ? 201 : 200)) this.#complain(author, `was answered with status ${author.status}`);
  }

  #predict(index: number, { event, author }: { event: V2EventJson; author: V2Call }): unknown {
    const given = author.asked.form["ttl"] === undefined ? "" : (event.node?.expiration ?? "");
    const predicted = this.#model.predict(author.asked, { index, expiration: given });
    return predicted.event === undefined ? predicted.failure : withoutTtl(predicted.event);
  }

  /** The first of the requests without a known end that comes to this event, the node's end included. */
  #findAuthor(index: number, event: V2EventJson): V2Call | undefined {
    if (event.action === expireAction) return undefined;
    const { at, ms } = this.#parts.log.known(index);
    const { refresh: _, ...told } = event;
    for (const author of this.#unknown) {
      if (author.calledAt > at || endProblem(event, { author, knownMs: ms }) !== undefined) continue;
      if (!isAlike(this.#predict(index, { event, author }), told)) continue;
      this.#unknown.delete(author);
      return author;
    }
    return undefined;
  }

  #expired(index: number, event: V2EventJson): void {
    const predicted = this.#model.expire(event.node!.key!, index);
    const expected = predicted.event && withoutTtl(predicted.event);
    if (!isAlike(expected, event)) this.complaints.push(`v2: event ${index} is ${show(event)}, not ${show(expected)}`);
    this.#parts.times.checkExpired(event, { index, knownMs: this.#parts.log.known(index).ms });
  }

  /** A read, or a write that was refused. */
  #reader(index: number, call: V2Call): void {
    const { asked } = call;
    if (isLogged(call)) this.#parts.times.checkPresent(this.#model, call);
    const { event, failure } = this.#model.predict(asked, { index: index + 1, expiration: "" });
    if (call.event !== undefined) {
      const [answer, expected] = [withoutTtl(call.event), event === undefined ? failure : withoutTtl(event)];
      if (!isAlike(answer, expected))
        this.#complain(call, `at index ${index} was answered ${show(answer)}, not ${show(expected)}`);
      return;
    }
    const answer = { code: call.error!.errorCode, cause: call.error!.cause ?? "" };
    const expected = failure ?? event;
    if (!isAlike(answer, expected))
      this.#complain(call, `at index ${index} was refused ${show(answer)}, not ${show(expected)}`);
    if (call.error!.index !== index)
      this.#complain(call, `names index ${call.error!.index} in the error, ${index} in the header`);
  }

  #dump({ root, machine, ms, index }: V2Dump): void {
    const found: [string, ModelNode][] = [];
    if (root === undefined) return;
    collect(root.Children?.["1"], { path: "/", into: found });
    const expected = [...this.#model.nodes].sort(byPath);
    const differing = found.sort(byPath).findIndex((node, i) => !isAlike(node, expected[i]));
    if (found.length === expected.length && differing < 0) return;
    const at = differing < 0 ? found.length : differing;
    this.complaints.push(
      `v2: the tree of member ${machine} at ${ms} ms and index ${index} has ${show(found[at])} where ${show(expected[at])} should be`,
    );
  }

  #complain({ step, machine, asked, calledMs }: V2Call, text: string): void {
    const what = `${asked.method} ${asked.key} ${show(asked.form)}`;
    this.complaints.push(`v2: step ${step} at ${calledMs} ms on ${machine}, ${what}: ${text}`);
  }
}

function collect(node: V2StoredNode | undefined, { path, into }: { path: string; into: [string, ModelNode][] }): void {
  if (node === undefined) return;
  const { CreatedIndex: created, ModifiedIndex: modified, ExpireTime, Value: value, Children } = node;
  const expiration = ExpireTime === noTime ? "" : ExpireTime;
  into.push([path, { dir: Children !== null, value, created, modified, expiration }]);
  for (const [name, child] of Object.entries(Children ?? {})) {
    collect(child, { path: path === "/" ? `/${name}` : `${path}/${name}`, into });
  }
}

function byPath([left]: [string, ModelNode], [right]: [string, ModelNode]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function addTo<T>(map: Map<number, T[]>, index: number, one: T): void {
  const present = map.get(index);
  if (present === undefined) map.set(index, [one]);
  else present.push(one);
}
