/**
 * A client that watches a key of the v2 API, on every life of its machine. A long poll goes on after the last index it
 * was told; after "the history has been cleared" it begins anew from where the server is. A stream begins with the next
 * change each time.
 */
import type { HttpResponse } from "@etcd-ts/server";
import type { Life } from "./machine.ts";
import { readJson, type V2Clients } from "./v2-clients.ts";
import { askV2 } from "./v2-door.ts";
import type { V2EventJson, V2History, V2WatchLog } from "./v2-history.ts";
import type { V2WatchSpec } from "./v2-step.ts";
import type { World } from "./world.ts";

/** After so long a watch is opened again. */
const retryMs = 30;
const decoder = new TextDecoder();

/** What a watching client is made of. */
export interface V2WatchParts {
  readonly world: World;
  readonly history: V2History;
  readonly clients: V2Clients;
  readonly spec: V2WatchSpec;
  readonly step: number;
  readonly machine: number;
}

/** The client. */
export class V2WatchClient {
  readonly #parts: V2WatchParts;
  #life: Life | undefined;
  #since: number;
  /** Lets the server know that nobody listens any more. */
  #abort: AbortController | undefined;

  constructor(parts: V2WatchParts) {
    this.#parts = parts;
    const { back } = parts.spec;
    this.#since = back === undefined ? 0 : Math.max(1, parts.clients.latest - back);
  }

  /** Opens the watch on a life that serves. */
  open(life: Life): void {
    const { world, history, spec, step, machine } = this.#parts;
    this.#life = life;
    const { key, recursive, stream } = spec;
    const log: V2WatchLog = {
      step,
      machine,
      life: life.number,
      key,
      recursive,
      stream,
      since: this.#since,
      calledAt: world.nextSequence(),
      startIndex: undefined,
      startedAt: Number.POSITIVE_INFINITY,
      startedMs: Number.POSITIVE_INFINITY,
      error: undefined,
      told: [],
      ended: false,
    };
    history.watches.push(log);
    const abort = new AbortController();
    this.#abort = abort;
    life.clock.enter(() => void this.#run(log, life, abort));
  }

  /** The life it was connected to is over. */
  drop(): void {
    this.#life = undefined;
  }

  async #run(log: V2WatchLog, life: Life, abort: AbortController): Promise<void> {
    const { recursive, stream, key, since } = log;
    const form = {
      wait: "true",
      recursive: recursive ? "true" : undefined,
      stream: stream ? "true" : undefined,
      waitIndex: since === 0 ? undefined : String(since),
    };
    const answer = await askV2(life.v2!, { method: "GET", key, form }, abort.signal);
    if (life.clock.dead) return;
    this.#began(log, answer);
    if (typeof answer.body === "object" && Symbol.asyncIterator in answer.body) {
      for await (const chunk of answer.body) {
        if (life.clock.dead) return;
        for (const line of decoder.decode(chunk).trimEnd().split("\n")) this.#tell(log, line);
      }
    }
    if (life.clock.dead) return;
    log.ended = true;
    if (this.#abort === abort) this.#openLater(life);
  }

  #began(log: V2WatchLog, { headers, body }: HttpResponse): void {
    const json = readJson(body);
    if (json !== undefined && "errorCode" in json) log.error = json;
    const index = Number(headers["X-Etcd-Index"] ?? 0);
    log.startIndex = index;
    log.startedAt = this.#parts.world.nextSequence();
    log.startedMs = this.#parts.world.clock.nowMs();
    if (log.error === undefined || log.stream) return;
    this.#since = index + 1;
  }

  #tell(log: V2WatchLog, line: string): void {
    const { world, clients, spec } = this.#parts;
    const event = JSON.parse(line) as V2EventJson;
    log.told.push({ at: world.nextSequence(), ms: world.clock.nowMs(), event });
    clients.note(event);
    this.#since = spec.stream ? 0 : (event.node?.modifiedIndex ?? 0) + 1;
  }

  #openLater(life: Life): void {
    this.#parts.world.clock.setTimer(retryMs, () => {
      if (this.#life === life && life.serving) this.open(life);
    });
  }
}
