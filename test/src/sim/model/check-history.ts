/** All checks of a history, in the order in which one builds on the other. */
import type { Outcome } from "../simulate.ts";
import { shortTtlSeconds } from "../simulate.ts";
import { buildModel } from "./build-model.ts";
import { checkLeases } from "./check-leases.ts";
import { checkOrder } from "./check-order.ts";
import { checkReads } from "./check-reads.ts";
import { checkWatches } from "./check-watches.ts";
import { findAuthors } from "./check-writes.ts";
import { Compactions } from "./compactions.ts";
import { Timeline } from "./timeline.ts";

/** What is wrong with the outcome of a schedule; nothing if all is well. */
export function checkHistory({ history, complaints }: Pick<Outcome, "history" | "complaints">): string[] {
  const model = buildModel(history.observer);
  const timeline = new Timeline(history);
  const compactions = new Compactions(history);
  const authors = findAuthors(history, model, timeline);
  return [
    ...complaints,
    ...model.complaints,
    ...authors.complaints,
    ...checkOrder(history, authors, timeline),
    ...checkReads(history, { model, timeline, compactions }),
    ...checkWatches(history, { model, compactions }),
    ...checkLeases(history, { model, authors, timeline, shortTtlSeconds }),
  ];
}
