/**
 * A watcher of the whole key space that survives crashes: it resumes one revision after the last it has seen, and
 * rebuilds the store from events alone. Every revision writes at least one key, so the revisions it sees must follow
 * each other without a gap, without a repetition, and never in two pieces.
 */
import type { EtcdClient, Message, Stream } from "../harness/index.ts";
import type { Effect, KeyValue } from "./key-state.ts";

const everything = Buffer.from([0]);

/** One resuming watcher with its copy of the store. */
export class Watcher {
  readonly #name: string;
  #stream: Stream | undefined;
  readonly store = new Map<string, KeyValue>();
  /** What each revision did, for revisions that no check has looked at yet. */
  readonly history = new Map<number, Effect[]>();
  readonly #lastSequence = new Map<string, number>();
  /** What is wrong with the events so far. */
  readonly complaints: string[] = [];
  #revision = 1;
  /** Ahead of `#revision` only while one answer with several revisions is being taken in. */
  #newest = 1;
  #waiting: { revision: number; done: () => void } | undefined;
  eventCount = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** The last revision seen whole. */
  get revision(): number {
    return this.#revision;
  }

  /** Watches on, from the revision after the last one seen. */
  resume(client: EtcdClient): void {
    const stream = client.stream("Watch.Watch");
    this.#stream = stream;
    stream.on("error", () => {});
    stream.on("data", (answer: Message) => {
      if (this.#stream === stream) this.#take(answer);
    });
    const startRevision = this.#revision + 1;
    stream.write({ createRequest: { key: everything, rangeEnd: everything, startRevision } });
  }

  /** Stops listening, as a crash does. */
  drop(): void {
    this.#stream?.cancel();
    this.#stream = undefined;
  }

  /** Waits until a revision was seen; false when it did not come in time. */
  async reach(revision: number, timeoutMs: number): Promise<boolean> {
    if (this.#revision >= revision) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#waiting = { revision, done };
    });
  }

  #take(answer: Message): void {
    if (answer.canceled) this.#complain(`canceled: ${answer.cancelReason} compacted at ${answer.compactRevision}`);
    for (const event of answer.events) this.#takeEvent(event);
    const last = answer.events.at(-1);
    if (last !== undefined) this.#revision = Number(last.kv.modRevision);
    if (this.#waiting !== undefined && this.#revision >= this.#waiting.revision) {
      this.#waiting.done();
      this.#waiting = undefined;
    }
  }

  #takeEvent(event: Message): void {
    const revision = Number(event.kv.modRevision);
    const newest = this.#newest;
    if (revision <= this.#revision) this.#complain(`revision ${revision} came again or in two pieces`);
    else if (revision < newest || revision > newest + 1) this.#complain(`revision ${revision} came after ${newest}`);
    this.#newest = revision;
    const key: string = event.kv.key.toString();
    const effects = this.history.get(revision) ?? [];
    this.history.set(revision, effects);
    this.eventCount++;
    if (event.type === "Delete") this.#takeDeletion(key, { revision, effects });
    else this.#takePut(key, { event, revision, effects });
  }

  #takeDeletion(key: string, { revision, effects }: { revision: number; effects: Effect[] }): void {
    if (!this.store.delete(key)) this.#complain(`${key} was deleted at ${revision} without being there`);
    effects.push({ key, value: undefined });
  }

  #takePut(key: string, { event, revision, effects }: { event: Message; revision: number; effects: Effect[] }): void {
    const before = this.store.get(key);
    const after = keyValueOf(event.kv);
    const version = (before?.version ?? 0) + 1;
    const createRevision = before?.createRevision ?? revision;
    if (after.version !== version || after.createRevision !== createRevision) {
      this.#complain(
        `${key} at ${revision} has version ${after.version} created ${after.createRevision}, not ${version} and ${createRevision}`,
      );
    }
    this.store.set(key, after);
    effects.push({ key, value: after.value });
    const [writer = "", sequence] = after.value.split(":");
    if (Number(sequence) <= (this.#lastSequence.get(writer) ?? 0)) {
      this.#complain(`${writer}'s write ${sequence} came twice or late, at ${revision}`);
    }
    this.#lastSequence.set(writer, Number(sequence));
  }

  #complain(text: string): void {
    if (this.complaints.length < 20) this.complaints.push(`${this.#name}: ${text}`);
  }
}

/** The harness's view of a KeyValue message. */
export function keyValueOf(kv: Message): KeyValue {
  return {
    value: kv.value.toString(),
    createRevision: Number(kv.createRevision),
    modRevision: Number(kv.modRevision),
    version: Number(kv.version),
  };
}
