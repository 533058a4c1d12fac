/**
 * The choice of a lease id for a grant that names none. The server that takes the request chooses, before the grant goes
 * into the log, so that every member applies the same id.
 */
import type { Random } from "../ports/index.ts";

/** Chosen ids lie above this, so that they cannot meet the small ones that people choose. */
const CHOSEN_ABOVE = 2n ** 32n;
const POSITIVE_MASK = 2n ** 63n - 1n;

/** A positive id above 2^32 that `taken` does not know. */
export function chooseLeaseId(random: Random, taken: (id: bigint) => boolean): bigint {
  for (;;) {
    const id = random.uint64() & POSITIVE_MASK;
    if (id > CHOSEN_ABOVE && !taken(id)) return id;
  }
}
