/**
 * Automatic compaction (`--auto-compaction-mode`, `--auto-compaction-retention`), with etcd's timing.
 *
 * periodic: the revision is noted every tenth of the retention, or of an hour when that is shorter; after one whole retention the
 * oldest note is compacted, then again every retention or hour. revision: every five minutes all but the last N revisions.
 * Only the leader compacts, through the log; others keep their notes current, so that a new leader goes on where the old one was.
 *
 * Bounds: at most ten notes an hour of retention, and one; one compaction at a time.
 */
import { CompactionRequest, EtcdError } from "@etcd-ts/proto";
import type { Clock, Logger, Timer } from "../ports/index.ts";
import type { Member } from "./member.ts";

/** What to keep. */
export type AutoCompactionPolicy =
  | { readonly mode: "off" }
  | { readonly mode: "periodic"; readonly retentionMs: number }
  | { readonly mode: "revision"; readonly retentionRevisions: number };

/** What compacting by itself needs of the member. */
export interface AutoCompactorParts {
  readonly clock: Clock;
  readonly log: Logger;
  currentRevision(): number;
  isLeader(): boolean;
  /** Proposes a compaction; `done` is called once, when it was applied or failed. */
  compact(revision: number, done: (error: Error | undefined) => void): void;
}

/** The compactor of a member. */
export function autoCompactorOf(
  member: Member,
  { clock, log }: Pick<AutoCompactorParts, "clock" | "log">,
): AutoCompactor {
  return new AutoCompactor(
    {
      clock,
      log,
      currentRevision: () => member.store.currentRevision,
      isLeader: () => member.isLeader,
      compact: (revision, done) =>
        member.propose("compaction", CompactionRequest.encode({ revision, physical: false }), done),
    },
    member.options.autoCompaction,
  );
}

const hourMs = 3_600_000;
const notesPerInterval = 10;
const revisionIntervalMs = 5 * 60_000;

export class AutoCompactor {
  readonly #parts: AutoCompactorParts;
  readonly #policy: AutoCompactionPolicy;
  readonly #pauseMs: number;
  /** Revisions noted, oldest first; only in periodic mode. */
  readonly #notes: number[] = [];
  #timer: Timer | undefined;
  #stopped = false;
  #lastSuccessMs = 0;
  #lastRevision = 0;
  /** Until the first compaction a whole retention has to pass, from then on one interval. */
  #isFirst = true;

  constructor(parts: AutoCompactorParts, policy: AutoCompactionPolicy) {
    this.#parts = parts;
    this.#policy = policy;
    this.#pauseMs =
      policy.mode === "periodic" ? intervalMsOf(policy.retentionMs) / notesPerInterval : revisionIntervalMs;
  }

  /** Begins to keep time; called once. */
  start(): void {
    if (this.#policy.mode === "off") return;
    this.#lastSuccessMs = this.#parts.clock.nowMs();
    this.#wait();
  }

  /** Ends it; a compaction under way goes on. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #wait(): void {
    if (this.#stopped) return;
    if (this.#policy.mode === "periodic") this.#note(this.#policy.retentionMs);
    this.#timer = this.#parts.clock.setTimer(this.#pauseMs, () => this.#round());
  }

  #note(retentionMs: number): void {
    this.#notes.push(this.#parts.currentRevision());
    if (this.#notes.length > Math.floor(retentionMs / this.#pauseMs) + 1) this.#notes.shift();
  }

  #round(): void {
    const revision = this.#parts.isLeader() ? this.#dueRevision() : undefined;
    if (revision === undefined || revision <= 0 || revision === this.#lastRevision) this.#wait();
    else this.#compact(revision);
  }

  /** The revision to compact now, if it is time. */
  #dueRevision(): number | undefined {
    if (this.#policy.mode === "revision") return this.#parts.currentRevision() - this.#policy.retentionRevisions;
    if (this.#policy.mode === "off") return undefined;
    const { retentionMs } = this.#policy;
    const neededMs = this.#isFirst ? retentionMs : intervalMsOf(retentionMs);
    // Ten tenths of a retention may differ from it by the last bit.
    if (this.#parts.clock.nowMs() - this.#lastSuccessMs < neededMs - 0.001) return undefined;
    this.#isFirst = false;
    return this.#notes[0];
  }

  #compact(revision: number): void {
    const { clock, log } = this.#parts;
    const { mode } = this.#policy;
    const fields = { revision, ...retentionField(this.#policy) };
    const startedMs = clock.nowMs();
    log.info(`starting auto ${mode} compaction`, fields);
    this.#parts.compact(revision, (error) => {
      const nowMs = clock.nowMs();
      if (error === undefined || (error instanceof EtcdError && error.code === "compacted")) {
        this.#lastSuccessMs = nowMs;
        this.#lastRevision = revision;
        log.info(`completed auto ${mode} compaction`, { ...fields, took: `${nowMs - startedMs}ms` });
      } else {
        const retry = { "retry-interval": `${this.#pauseMs}ms`, error: error.message };
        log.warn(`failed auto ${mode} compaction`, { ...fields, ...retry });
      }
      this.#wait();
    });
  }
}

function intervalMsOf(retentionMs: number): number {
  return Math.min(retentionMs, hourMs);
}

function retentionField(policy: AutoCompactionPolicy): Readonly<Record<string, unknown>> {
  if (policy.mode === "periodic") return { "compact-period": `${policy.retentionMs}ms` };
  return policy.mode === "revision" ? { "revision-compaction-retention": policy.retentionRevisions } : {};
}
