/**
 * Reads the replicated state as it stands at one index, while the member goes on: the store is committed, and a view of it says
 * which index that is. Work is done in slices, with pauses as long as the slices between them: a large tree takes its time, and
 * nobody waits for it.
 *
 * A view keeps its space in the store until it is closed, so whoever opens one closes it.
 */
import type { ConfState } from "@etcd-ts/raft";
import { readAppliedIndex, readAppliedTerm } from "../mvcc/index.ts";
import type { Backend, BackendView, Clock } from "../ports/index.ts";
import { storedKeysPieces, storedSnapshotPieces, type V2Store } from "../v2/index.ts";
import type { CommitPacer } from "./commit-pacer.ts";
import { readConfState } from "./conf-state-record.ts";

/** The state, and when to read it. */
export interface StateReaderParts {
  readonly backend: Pick<Backend, "view">;
  readonly pacer: Pick<CommitPacer, "commit">;
  readonly v2: Pick<V2Store, "stats">;
  readonly clock: Pick<Clock, "nowMs" | "setTimer">;
}

/** The state at one index. */
export interface StateReading {
  readonly index: number;
  readonly term: number;
  /** Undefined in stores that were written before it was kept in them. */
  readonly confState: ConfState | undefined;
  /** The v2 tree in etcd's form, in pieces. `afterPause` may throw to end it. */
  tree(afterPause: () => void): AsyncGenerator<Uint8Array>;
  /** What the tree has cost so far, pauses left out. */
  readonly workedMs: number;
  close(): void;
}

/** A slice ends once it took this long; one step of it takes well below a millisecond. */
const sliceMs = 3;

export class StateReader {
  readonly #parts: StateReaderParts;

  constructor(parts: StateReaderParts) {
    this.#parts = parts;
  }

  /** Commits the store and opens what it holds then. */
  async open(): Promise<StateReading> {
    await this.#parts.pacer.commit();
    return this.committed();
  }

  /** Opens what the last commit made durable. */
  committed(): StateReading {
    const { backend, v2, clock } = this.#parts;
    const view = backend.view();
    let workedMs = 0;
    const onWorked = (ms: number) => {
      workedMs += ms;
    };
    return {
      get workedMs() {
        return workedMs;
      },
      index: readAppliedIndex(view),
      term: readAppliedTerm(view),
      confState: readConfState(view),
      tree: (afterPause) => paced(storedSnapshotPieces(view, v2.stats), { clock, afterPause, onWorked }),
      close: () => view.close(),
    };
  }

  /** The keys of v2's clients as 0.4 wrote them, in pieces. */
  async *keys(): AsyncGenerator<Uint8Array> {
    const { backend, pacer, v2, clock } = this.#parts;
    await pacer.commit();
    const view: BackendView = backend.view();
    try {
      yield* paced(storedKeysPieces(view, v2.stats), { clock, afterPause() {}, onWorked() {} });
    } finally {
      view.close();
    }
  }
}

interface Pace {
  readonly clock: StateReaderParts["clock"];
  afterPause(): void;
  onWorked(ms: number): void;
}

/** Draws the pieces in slices; empty ones are left out. */
export async function* paced(
  pieces: Generator<Uint8Array>,
  { clock, afterPause, onWorked }: Pace,
): AsyncGenerator<Uint8Array> {
  let workedMs = 0;
  for (;;) {
    const startedMs = clock.nowMs();
    const { value: piece, done } = pieces.next();
    const tookMs = clock.nowMs() - startedMs;
    workedMs += tookMs;
    onWorked(tookMs);
    if (done === true) return;
    if (piece.length > 0) yield piece;
    if (workedMs < sliceMs) continue;
    await new Promise<void>((resolve) => void clock.setTimer(workedMs, resolve));
    afterPause();
    workedMs = 0;
  }
}
