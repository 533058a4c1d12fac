/** Builds the model of the key space from what the observer was told. */
import type { SeenEvent, WatchLog } from "../history.ts";
import { KeyModel } from "./key-model.ts";

/** The model; what did not add up is among its complaints. */
export function buildModel(observer: WatchLog): KeyModel {
  const model = new KeyModel();
  for (const told of observer.told) {
    if (told.kind === "compacted") model.complaints.push(`the observer's revisions were compacted at ${told.revision}`);
    if (told.kind !== "events") continue;
    for (const [revision, events] of byRevision(told.events)) model.add(revision, events);
  }
  return model;
}

/** Events grouped by revision, in the order they were told. */
export function byRevision(events: readonly SeenEvent[]): [number, SeenEvent[]][] {
  const groups: [number, SeenEvent[]][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (last?.[0] === event.revision) last[1].push(event);
    else groups.push([event.revision, [event]]);
  }
  return groups;
}
