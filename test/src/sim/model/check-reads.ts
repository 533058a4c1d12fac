/** Every range against the state at its revision; every refusal against what could have been at the time. */
import type { AnyCall, Call, History } from "../history.ts";
import { isAlike } from "./alike.ts";
import { rangeAnswer, show } from "./answers.ts";
import { isLinearizable } from "./check-order.ts";
import type { Compactions } from "./compactions.ts";
import { evaluateRange } from "./evaluate.ts";
import { hashKvOf } from "./hash-kv.ts";
import type { KeyModel } from "./key-model.ts";
import { errorOf } from "./outcome.ts";
import type { Timeline } from "./timeline.ts";

/** What reads are checked against. */
export interface ReadFacts {
  readonly model: KeyModel;
  readonly timeline: Timeline;
  readonly compactions: Compactions;
}

/** Checks ranges, hashes, compactions and refusals. */
export function checkReads(history: History, facts: ReadFacts): string[] {
  const complaints: string[] = [];
  for (const call of history.calls) {
    const complaint = call.error === undefined ? judgeAnswer(call, facts) : judgeRefusal(call, facts);
    if (complaint !== undefined) complaints.push(`${call.kind} of step ${call.step}: ${complaint}`);
  }
  return complaints;
}

function judgeAnswer(call: AnyCall, facts: ReadFacts): string | undefined {
  if (call.response === undefined) return undefined;
  if (call.kind === "range") return judgeRange(call, facts);
  return call.kind === "hashKv" ? judgeHash(call, facts) : undefined;
}

function judgeRange(call: Call<"range">, { model, compactions }: ReadFacts): string | undefined {
  const { request, response } = call;
  const current = response!.header!.revision;
  if (current > model.latest) return `answered at revision ${current}, which was lost`;
  if (!request.serializable && request.revision > 0 && request.revision < compactions.certain(call.calledAt))
    return "read below the compacted revision";
  const state = model.at(request.revision > 0 ? request.revision : current);
  const [found, expected] = [rangeAnswer(response!), evaluateRange(state, request)];
  if (isAlike(found, expected)) return undefined;
  return `at revision ${current} answered ${show(found)}, expected ${show(expected)}`;
}

function judgeHash(call: Call<"hashKv">, { model, compactions }: ReadFacts): string | undefined {
  const { hash, hashRevision, compactRevision } = call.response!;
  const compacted = Math.max(0, compactRevision);
  if (hashRevision > model.latest) return `hashed revision ${hashRevision}, which was lost`;
  if (compacted > compactions.possible(call.returnedAt))
    return `names compacted revision ${compacted}, which nobody asked for`;
  const expected = hashKvOf(model, { revision: hashRevision, compacted });
  return hash === expected ? undefined : `hash of revision ${hashRevision} is ${hash}, expected ${expected}`;
}

function judgeRefusal(call: AnyCall, facts: ReadFacts): string | undefined {
  const revision = revisionsAskedFor(call);
  switch (errorOf(call)) {
    case "compacted":
      if (revision.some((one) => one <= facts.compactions.possible(call.returnedAt))) return undefined;
      return `refused as compacted: ${call.error}`;
    case "futureRevision":
      // Who may answer from an old state may find anything to be in the future.
      if (!isLinearizable(call) || revision.some((one) => one > facts.timeline.seenBefore(call.calledAt)))
        return undefined;
      return `refused as a future revision: ${call.error}`;
    default:
      return undefined;
  }
}

/** Revisions that a call names, in whatever depth. */
function revisionsAskedFor(call: AnyCall): number[] {
  const found: number[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === "revision" && typeof inner === "number") found.push(inner);
      else walk(inner);
    }
  };
  walk(call.request);
  return found;
}
