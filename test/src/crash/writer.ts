/**
 * A client that writes its own keys, one operation after the other, and remembers exactly what was acknowledged. Values
 * carry the writer's sequence number and are never used twice, so that a lost, repeated or invented write shows.
 */
import type { EtcdClient, Message, SeededRandom } from "../harness/index.ts";
import { type Acknowledged, applied, type Effect, sameValues } from "./key-state.ts";

const keysOfWriter = 16;

/** One writer; it outlives the server's crashes and gets a new connection for each life. */
export class Writer {
  readonly name: string;
  readonly #random: SeededRandom;
  #sequence = 0;
  #values = new Map<string, string>();
  #lastRevision = 0;
  /** The operation whose answer has not come; its effects may have happened or not, but not by half. */
  #inDoubt: readonly Effect[] | undefined;
  /** Answered operations that no check has looked at yet. */
  acknowledged: Acknowledged[] = [];

  constructor(name: string, random: SeededRandom) {
    this.name = name;
    this.#random = random;
  }

  /** Highest revision an answer has told. */
  get lastRevision(): number {
    return this.#lastRevision;
  }

  /** Writes until `stopped` says so or the connection ends; a refusal by a living server is an error of the server. */
  async run(client: EtcdClient, stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      const { effects, request } = this.#next();
      this.#inDoubt = effects;
      let answer: Message;
      try {
        answer = await client.call("KV.Txn", request);
      } catch (error) {
        if (stopped()) return;
        throw new Error(`${this.name}: a living server refused a write: ${String(error)}`);
      }
      this.#acknowledge(effects, answer);
    }
  }

  /** Takes the store's word for the operation in doubt; complains when the content is neither before nor after it. */
  reconcile(stored: ReadonlyMap<string, string>): string[] {
    const after = this.#inDoubt === undefined ? this.#values : applied(this.#values, this.#inDoubt);
    const isBefore = sameValues(stored, this.#values);
    if (!isBefore && !sameValues(stored, after)) return [`${this.name}: ${describeGap(stored, this.#values, after)}`];
    this.#values = new Map(stored);
    this.#inDoubt = undefined;
    return [];
  }

  #acknowledge(effects: readonly Effect[], answer: Message): void {
    const revision = Number(answer.header.revision);
    if (!answer.succeeded)
      throw new Error(`${this.name}: a comparison with acknowledged content failed at ${revision}`);
    if (revision <= this.#lastRevision) {
      throw new Error(`${this.name}: revision went from ${this.#lastRevision} to ${revision}`);
    }
    this.#lastRevision = revision;
    this.#values = applied(this.#values, effects);
    this.#inDoubt = undefined;
    this.acknowledged.push({ revision, effects });
  }

  /** A put, a deletion, or a transaction over several keys, guarded by what the keys must hold. */
  #next(): { effects: Effect[]; request: Message } {
    const present = [...this.#values.keys()];
    const kind = this.#random.below(10);
    if (kind < 2 && present.length > 0) {
      const key = this.#random.pick(present);
      return this.#guarded([{ key, value: undefined }]);
    }
    const keys = new Set(Array.from({ length: kind < 7 ? 1 : 3 }, () => this.#anyKey()));
    const victim = kind === 9 ? present.find((key) => !keys.has(key)) : undefined;
    const effects: Effect[] = [...keys].map((key) => ({ key, value: this.#freshValue() }));
    return this.#guarded(victim === undefined ? effects : [...effects, { key: victim, value: undefined }]);
  }

  #guarded(effects: Effect[]): { effects: Effect[]; request: Message } {
    const compare = effects.map(({ key }) => {
      const value = this.#values.get(key);
      return value === undefined
        ? { result: "Equal", target: "Version", key: Buffer.from(key), version: 0 }
        : { result: "Equal", target: "Value", key: Buffer.from(key), value: Buffer.from(value) };
    });
    return { effects, request: { compare, success: effects.map(operationOf), failure: [] } };
  }

  #anyKey(): string {
    return `${this.name}/${this.#random.below(keysOfWriter)}`;
  }

  /** Some values are large, so that a crash can fall into the middle of a record. */
  #freshValue(): string {
    this.#sequence++;
    const padding = this.#random.below(20) === 0 ? 20_000 : this.#random.below(200);
    return `${this.name}:${this.#sequence}:${"x".repeat(padding)}`;
  }
}

function operationOf({ key, value }: Effect): Message {
  return value === undefined
    ? { requestDeleteRange: { key: Buffer.from(key) } }
    : { requestPut: { key: Buffer.from(key), value: Buffer.from(value) } };
}

function describeGap(
  stored: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string {
  const keys = new Set([...stored.keys(), ...before.keys(), ...after.keys()]);
  const lines = [...keys]
    .filter((key) => stored.get(key) !== before.get(key))
    .map(
      (key) =>
        `${key} holds ${brief(stored.get(key))}, acknowledged ${brief(before.get(key))}, in doubt ${brief(after.get(key))}`,
    );
  return lines.slice(0, 5).join("; ");
}

function brief(value: string | undefined): string {
  return value === undefined ? "nothing" : value.slice(0, 24);
}
