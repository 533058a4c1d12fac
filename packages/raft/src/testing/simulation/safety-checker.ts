// The promises of Raft (paper, figure 3), checked on everything that all nodes do, as an outsider who sees it all.
//   election safety       at most one leader a term
//   log matching          entries of the same index and term are the same, and so are the entries before them
//   leader completeness   a leader's log holds every entry that was committed in an earlier term
//   state machine safety  no two nodes apply different entries at the same index
//   linearizable reads    a read index is not below what was applied anywhere before the read was asked for

import type { MemoryStorage } from "../../log/index.ts";
import type { Entry } from "../../types.ts";

/** A broken promise. */
export class SafetyViolation extends Error {
  override readonly name = "SafetyViolation";
}

interface Applied {
  fingerprint: string;
  term: number;
  /** Lowest term in which any node was seen applying it; it was committed in this term or before. */
  seenInTerm: number;
}

/** Sees everything in one simulated group, and throws a SafetyViolation when a promise is broken. */
export class SafetyChecker {
  readonly #leaders = new Map<number, bigint>();
  readonly #completeTerms = new Set<number>();
  readonly #written = new Map<string, string>();
  readonly #applied = new Map<number, Applied>();
  readonly #reads = new Map<string, number>();
  highestApplied = 0;
  readsAnswered = 0;

  /** How many terms had a leader. */
  get leaderCount(): number {
    return this.#leaders.size;
  }

  /** A node leads a term. */
  leads(id: bigint, term: number): void {
    const other = this.#leaders.get(term);
    if (other === undefined) this.#leaders.set(term, id);
    else if (other !== id) throw new SafetyViolation(`election safety: ${other} and ${id} lead term ${term}`);
  }

  /** A node has written entries to its log. */
  writes(id: bigint, entries: readonly Entry[], storage: MemoryStorage): void {
    for (const entry of entries) {
      const before = storage.term(entry.index - 1);
      const content = `${fingerprintOf(entry)} after ${before}`;
      const key = `${entry.index}/${entry.term}`;
      const known = this.#written.get(key);
      if (known === undefined) this.#written.set(key, content);
      else if (known !== content)
        throw new SafetyViolation(`log matching: entry ${key} is ${known}, on ${id} ${content}`);
      if (this.#leaders.get(entry.term) === id) this.#checkComplete(entry, storage);
    }
  }

  /** A node applies an entry, in a term. */
  applies(id: bigint, entry: Entry, term: number): void {
    const fingerprint = fingerprintOf(entry);
    const known = this.#applied.get(entry.index);
    if (known === undefined) {
      this.#applied.set(entry.index, { fingerprint, term: entry.term, seenInTerm: term });
      this.highestApplied = Math.max(this.highestApplied, entry.index);
    } else if (known.fingerprint !== fingerprint) {
      throw new SafetyViolation(`state machine safety: ${id} applies ${fingerprint}, others ${known.fingerprint}`);
    } else {
      known.seenInTerm = Math.min(known.seenInTerm, term);
    }
  }

  /** Somebody asks for a read. */
  asksRead(name: string): void {
    this.#reads.set(name, this.highestApplied);
  }

  /** A read is answered. */
  answersRead(name: string, index: number): void {
    const atLeast = this.#reads.get(name) ?? 0;
    this.readsAnswered++;
    if (index < atLeast)
      throw new SafetyViolation(`linearizable reads: ${name} sees ${index}, ${atLeast} was applied before`);
  }

  /** With the first entry of a leader's own term on its disk, everything before it is there too. */
  #checkComplete(first: Entry, storage: MemoryStorage): void {
    if (this.#completeTerms.has(first.term)) return;
    this.#completeTerms.add(first.term);
    for (let index = storage.firstIndex(); index <= this.highestApplied; index++) {
      const applied = this.#applied.get(index);
      if (applied === undefined || applied.seenInTerm >= first.term) continue;
      if (storage.term(index) === applied.term) continue;
      throw new SafetyViolation(
        `leader completeness: the leader of term ${first.term} misses entry ${applied.fingerprint}, it has term ${storage.term(index)}`,
      );
    }
  }
}

function fingerprintOf({ index, term, type, data }: Entry): string {
  let text = `${index}/${term}:${type}`;
  for (const byte of data) text += `.${byte}`;
  return text;
}
