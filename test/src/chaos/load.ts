/**
 * The load under which faults happen: a few clients, each with one request under way, on random members, going elsewhere when
 * one fails. The requests are those of the simulation: puts, deletes, transactions, reads of all kinds, leases, compactions.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { SeededRandom } from "../harness/index.ts";
import { type CallSpec, createPlan, requestOf, type Step } from "../sim/index.ts";
import type { Recorder, Seat } from "./recorder.ts";

const clientCount = 6;
const pauseMs = 12;
const timeoutMs = 2_000;
/** Seconds of a simulated schedule whose requests last for more than any round. */
const planSeconds = 3_000;

/** What a load is made of. */
export interface LoadParts {
  readonly recorder: Recorder;
  readonly random: SeededRandom;
  readonly seed: number;
  /** Any member that lives. */
  pick(): Seat | undefined;
}

/** The load; it begins at once. */
export class Load {
  readonly #parts: LoadParts;
  readonly #specs: Iterator<{ spec: Spec; step: number }>;
  readonly #clients: Promise<void>[];
  #isStopped = false;

  constructor(parts: LoadParts) {
    this.#parts = parts;
    this.#specs = specsOf(parts.seed);
    this.#clients = Array.from({ length: clientCount }, () => this.#run());
  }

  /** Ends it and waits for the last answers. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
  }

  async #run(): Promise<void> {
    const { recorder, random } = this.#parts;
    let seat = this.#parts.pick();
    while (!this.#isStopped) {
      await sleep(random.below(2 * pauseMs));
      const next = this.#specs.next();
      if (next.done === true) return;
      if (seat === undefined || random.below(20) === 0) seat = this.#parts.pick();
      if (seat === undefined) continue;
      const { spec, step } = next.value;
      const call = await recorder.send(requestOf(spec, recorder), { seat, step, timeoutMs });
      if (call.error !== undefined) seat = this.#parts.pick();
    }
  }
}

type Spec = Exclude<CallSpec, { kind: "defragment" }>;

/** The requests of a schedule. Those that take the checkers long, or take the past away, are rare. */
function* specsOf(seed: number): Iterator<{ spec: Spec; step: number }> {
  const { steps } = createPlan({ seed, seconds: planSeconds, machines: 1 });
  for (const { what, number } of steps) {
    if (!isCall(what)) continue;
    if (what.kind === "hashKv" || (what.kind === "compact" && number % 50 !== 0)) continue;
    yield { spec: what, step: number };
  }
}

const callKinds = new Set<string>([
  ...["range", "put", "delete", "txn", "compact", "grant", "revoke", "keepAlive", "timeToLive", "leases", "hashKv"],
]);

function isCall(what: Step["what"]): what is Spec {
  return callKinds.has(what.kind);
}
