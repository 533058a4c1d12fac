/**
 * Which revisions were possible when: a revision that somebody was told of is there for everybody who asks later. Gives
 * for each call the least revision it must see, and the earliest moment at which a revision was known to exist.
 */
import type { History } from "../history.ts";

interface Sighting {
  readonly at: number;
  readonly revision: number;
}

/** All sightings of revisions, in order of time. */
export class Timeline {
  readonly #sightings: Sighting[];
  /** Highest revision seen up to and with the sighting at the same place. */
  readonly #highest: number[] = [];

  constructor(history: History) {
    this.#sightings = sightingsOf(history).sort((a, b) => a.at - b.at);
    let highest = 1;
    for (const { revision } of this.#sightings) {
      highest = Math.max(highest, revision);
      this.#highest.push(highest);
    }
  }

  /** Highest revision that anybody had been told of before a moment. */
  seenBefore(at: number): number {
    let low = 0;
    let high = this.#sightings.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sightings[middle]!.at < at) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 1 : this.#highest[low - 1]!;
  }

  /** When a revision, or a later one, was first told of. */
  firstSeen(revision: number): number {
    let low = 0;
    let high = this.#highest.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#highest[middle]! < revision) low = middle + 1;
      else high = middle;
    }
    return this.#sightings[low]?.at ?? Number.POSITIVE_INFINITY;
  }
}

function sightingsOf({ calls, observer, watches }: History): Sighting[] {
  const sightings: Sighting[] = [];
  for (const { response, returnedAt } of calls) {
    const revision = response?.header?.revision ?? 0;
    if (revision > 0) sightings.push({ at: returnedAt, revision });
  }
  for (const { told } of [observer, ...watches]) {
    for (const each of told) {
      if (each.kind === "compacted") continue;
      sightings.push({ at: each.at, revision: each.revision });
    }
  }
  return sightings;
}
