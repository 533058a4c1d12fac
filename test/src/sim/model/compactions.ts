/** Which revisions were compacted when: for certain once a compaction was acknowledged, perhaps once it was asked for. */
import type { Call, History } from "../history.ts";
import { endOf } from "./outcome.ts";

/** The compactions of a history. */
export class Compactions {
  readonly #calls: Call<"compact">[];

  constructor(history: History) {
    this.#calls = history.calls.filter((call) => call.kind === "compact") as Call<"compact">[];
  }

  /** Revision below which nothing can be read any more, at a moment, for certain. */
  certain(at: number): number {
    return this.#highest((call) => endOf(call as never) === "done" && call.returnedAt < at);
  }

  /** Revision below which perhaps nothing can be read any more at a moment. */
  possible(at: number): number {
    return this.#highest((call) => endOf(call as never) !== "refused" && call.calledAt < at);
  }

  /** Whether somebody asked for a compaction at exactly this revision. */
  asked(revision: number): boolean {
    return this.#calls.some((call) => call.request.revision === revision);
  }

  #highest(counts: (call: Call<"compact">) => boolean): number {
    return this.#calls.filter(counts).reduce((highest, { request }) => Math.max(highest, request.revision), 0);
  }
}
