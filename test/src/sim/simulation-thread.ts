/**
 * A thread that runs schedules, one after the other, watched from outside: a member that goes round in circles without
 * time passing would keep its thread, and all that wait for it, for ever. A thread whose pulse stands still is ended, and
 * its schedule has failed; the next one gets a new thread.
 */
import { Worker } from "node:worker_threads";
import type { PlanOptions } from "./create-plan.ts";
import { Pulse } from "./pulse.ts";
import type { Plan } from "./step.ts";

/** A schedule to run: drawn from a seed, or as it is; with one of `mutations`, by name, or `endless`. */
export interface Job {
  readonly plan: PlanOptions | Plan;
  readonly mutation?: string;
  /** Somebody looks into it: errors know where they come from, and the history has a hash. */
  readonly detailed?: boolean;
}

/** What a schedule came to. */
export interface Report {
  /** What is wrong; nothing when all is well. */
  readonly complaints: readonly string[];
  /** An event of it had no end: to run it again takes as long again. */
  readonly isStuck: boolean;
  /** The hash of everything that clients saw, if it was asked for. */
  readonly hash: string;
  readonly calls: number;
  readonly answered: number;
  readonly lives: number;
  readonly events: number;
}

/** What the worker is given when it starts. */
export interface WorkerInput {
  readonly memory: SharedArrayBuffer;
}

/** Seconds without an event, in which the processor may have been somebody else's. */
const usualPatienceSeconds = 60;
const lookMs = 1000;

/** The thread; it starts with its first job. */
export class SimulationThread {
  readonly #patienceSeconds: number;
  #worker: Worker | undefined;
  #pulse = new Pulse();

  constructor({ patienceSeconds = usualPatienceSeconds }: { patienceSeconds?: number } = {}) {
    this.#patienceSeconds = patienceSeconds;
  }

  /** Runs a schedule; one at a time. Rejects when the simulation itself is broken. */
  run(job: Job): Promise<Report> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise<Report>((resolve, reject) => {
      const onMessage = (report: Report) => finish(() => resolve(report));
      const onEnd = (cause: unknown) =>
        finish(() => {
          this.#worker = undefined;
          reject(cause instanceof Error ? cause : new Error("the thread of a simulation was ended"));
        });
      const looks = this.#watch(() =>
        finish(() => {
          const report = this.#stuck();
          void this.stop().then(() => resolve(report), reject);
        }),
      );
      const finish = (settle: () => void) => {
        clearInterval(looks);
        worker.off("message", onMessage).off("error", onEnd).off("exit", onEnd);
        settle();
      };
      worker.on("message", onMessage).on("error", onEnd).on("exit", onEnd);
      worker.postMessage(job);
    });
  }

  /** Ends the thread, whatever it does. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    this.#pulse = new Pulse();
    const workerData: WorkerInput = { memory: this.#pulse.memory };
    return new Worker(new URL("./simulation-worker.js", import.meta.url), {
      workerData,
      // Most of a schedule is garbage when it is over: the less often it is looked for, the less is copied.
      resourceLimits: { maxYoungGenerationSizeMb: 192 },
    });
  }

  /** Looks are counted, not seconds: a process that was stopped for a while, and its threads with it, has not looked either. */
  #watch(onSilence: () => void): NodeJS.Timeout {
    let seen = this.#pulse.beats;
    let silent = 0;
    return setInterval(() => {
      const { beats } = this.#pulse;
      silent = beats === seen ? silent + 1 : 0;
      seen = beats;
      if (silent >= this.#patienceSeconds) onSilence();
    }, lookMs);
  }

  #stuck(): Report {
    const { nowMs } = this.#pulse;
    const complaint = `at ${nowMs.toFixed(1)} ms: what happens then had no end within ${this.#patienceSeconds} s of real time`;
    return { complaints: [complaint], isStuck: true, hash: "", calls: 0, answered: 0, lives: 0, events: 0 };
  }
}
