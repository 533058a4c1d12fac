/**
 * Turns the events that wait for a watcher into answers.
 *
 * Events of several revisions share an answer up to a size, so that who is behind catches up in few answers. A revision is
 * never cut, except into fragments for a watcher that asked for them. The header carries the revision of the last event in
 * the answer: a client that resumes behind a header misses nothing.
 */
import type { HeaderCache } from "./header-cache.ts";
import type { Outbox } from "./outbox.ts";
import { sizeOfResponse } from "./response-writer.ts";
import type { SharedEvent } from "./shared-event.ts";
import type { Watcher } from "./watcher.ts";

/** What `deliver` writes with. */
export interface DeliveryParts {
  readonly headers: HeaderCache;
  /** Size from which on an answer is cut into fragments. */
  readonly fragmentBytes: number;
  /** Answers are filled with further revisions up to this. */
  readonly answerBytes: number;
}

/**
 * Writes one answer (or one run of fragments) with the oldest of the watcher's pending events, none of which may be
 * evicted. Returns how many events it took.
 */
export function deliver(
  watcher: Watcher,
  outbox: Outbox,
  { headers, fragmentBytes, answerBytes }: DeliveryParts,
): number {
  const { pending, idField } = watcher;
  const eventFields: Uint8Array[] = [];
  takeRevisions(watcher, eventFields, answerBytes);
  const count = eventFields.length;
  const headerField = headers.field(pending[count - 1]!.revision);
  if (count === pending.length) watcher.pending = [];
  else pending.splice(0, count);
  const parts = { headerField, idField, fragment: false, eventFields };
  if (watcher.fragment && count > 1 && sizeOfResponse(parts) >= fragmentBytes) {
    for (const piece of fragments(eventFields, fragmentBytes - sizeOfResponse({ ...parts, eventFields: [] }))) {
      outbox.events({ ...parts, fragment: !piece.last, eventFields: piece.eventFields });
    }
  } else outbox.events(parts);
  return count;
}

/** Collects whole revisions: the first, and more while they fit. */
function takeRevisions({ pending, prevKv }: Watcher, eventFields: Uint8Array[], answerBytes: number): void {
  let bytes = 0;
  for (let at = 0; at < pending.length; ) {
    const end = endOfRevision(pending, at);
    const before = eventFields.length;
    for (; at < end; at++) {
      const field = pending[at]!.field(prevKv);
      eventFields.push(field);
      bytes += field.length;
    }
    if (bytes <= answerBytes) continue;
    if (before > 0) eventFields.length = before;
    return;
  }
}

function endOfRevision(pending: readonly SharedEvent[], at: number): number {
  const { revision } = pending[at]!;
  let end = at + 1;
  while (end < pending.length && pending[end]!.revision === revision) end++;
  return end;
}

/** Cuts events into pieces below a size, each of at least one event. */
function* fragments(
  eventFields: readonly Uint8Array[],
  bytesMax: number,
): Generator<{ eventFields: Uint8Array[]; last: boolean }> {
  let piece: Uint8Array[] = [];
  let bytes = 0;
  for (const field of eventFields) {
    if (piece.length > 0 && bytes + field.length >= bytesMax) {
      yield { eventFields: piece, last: false };
      piece = [];
      bytes = 0;
    }
    piece.push(field);
    bytes += field.length;
  }
  yield { eventFields: piece, last: true };
}
