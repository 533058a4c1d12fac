/** What a call would change and answer in a state of the key space: the bridge between the history and the model. */
import type { AnyCall } from "../history.ts";
import { isAlike } from "./alike.ts";
import { deleteAnswer, putAnswer, txnAnswer } from "./answers.ts";
import { type Change, Draft } from "./evaluate.ts";
import type { KeyModel } from "./key-model.ts";

/** The calls that may change keys. */
export type WriteCall = Extract<AnyCall, { kind: "put" | "delete" | "txn" | "revoke" }>;

/** Whether a call may change keys. */
export function isWrite(call: AnyCall): call is WriteCall {
  return call.kind === "put" || call.kind === "delete" || call.kind === "txn" || call.kind === "revoke";
}

/** Changes and answer of a call done right after `revision`; undefined: it cannot be done there. */
export function effectOf(
  model: KeyModel,
  call: WriteCall,
  revision: number,
): { changes: readonly Change[]; answer: unknown } | undefined {
  const draft = new Draft(model.at(revision), { revision: revision + 1, stateAt: (at) => model.at(at) });
  const answer = run(draft, call);
  return answer === undefined ? undefined : { changes: draft.changes, answer };
}

function run(draft: Draft, call: WriteCall): unknown {
  switch (call.kind) {
    case "put":
      return draft.put(call.request);
    case "delete":
      return draft.delete(call.request);
    case "txn":
      return draft.txn(call.request);
    default:
      draft.revoke(call.request.id);
      return {};
  }
}

/** What the server answered, in the same form. */
export function answered(call: WriteCall): unknown {
  switch (call.kind) {
    case "put":
      return putAnswer(call.response!);
    case "delete":
      return deleteAnswer(call.response!);
    case "txn":
      return txnAnswer(call.response!);
    default:
      return {};
  }
}

/** Whether changes are exactly the events of a revision. */
export function makes(changes: readonly Change[], model: KeyModel, revision: number): boolean {
  const events = model.events(revision);
  if (changes.length !== events.length) return false;
  return changes.every(({ key, kv }, i) => key === events[i]!.key && isAlike(kv, events[i]!.kv));
}
