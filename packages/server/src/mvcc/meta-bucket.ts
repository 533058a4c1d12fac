/**
 * What the store keeps in bucket "meta", under etcd's names: the raft index and term of the last applied entry, and the
 * compactions that were begun and finished. Staged with the changes they belong to, so that a crash never separates them
 * (etcd-io/etcd#13766).
 */
import { type Backend, buckets } from "../ports/index.ts";
import { decodeRevisionKey, decodeUint64, encodeRevisionKey, encodeUint64 } from "./revision-key.ts";

const nameOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const CONSISTENT_INDEX = nameOf("consistent_index");
const TERM = nameOf("term");
const SCHEDULED_COMPACTION = nameOf("scheduledCompactRev");
const FINISHED_COMPACTION = nameOf("finishedCompactRev");

/** Under these names stands how far the log is applied: what differs between members that hold the same. */
export const placeInLog: readonly Uint8Array[] = [CONSISTENT_INDEX, TERM];

/** Raft index of the last entry that a store, or a view of one, holds. */
export function readAppliedIndex(backend: Pick<Backend, "get">): number {
  const stored = backend.get(buckets.meta, CONSISTENT_INDEX.slice());
  return stored === undefined ? 0 : decodeUint64(stored);
}

/** Its term. */
export function readAppliedTerm(backend: Pick<Backend, "get">): number {
  const stored = backend.get(buckets.meta, TERM.slice());
  return stored === undefined ? 0 : decodeUint64(stored);
}

/** Stages which entry a store holds last, for whoever fills one. */
export function writeApplied(
  backend: Backend,
  { index, term }: { readonly index: number; readonly term: number },
): void {
  new MetaBucket(backend).setApplied(index, term);
}

/** The bucket; numbers that are not there are 0. */
export class MetaBucket {
  readonly #backend: Backend;
  #appliedIndex: number;
  #appliedTerm: number;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#appliedIndex = this.#number(CONSISTENT_INDEX);
    this.#appliedTerm = this.#number(TERM);
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get appliedTerm(): number {
    return this.#appliedTerm;
  }

  setApplied(index: number, term: number): void {
    this.#backend.put(buckets.meta, CONSISTENT_INDEX, encodeUint64(index));
    if (term !== this.#appliedTerm) this.#backend.put(buckets.meta, TERM, encodeUint64(term));
    this.#appliedIndex = index;
    this.#appliedTerm = term;
  }

  get scheduledCompaction(): number {
    return this.#revision(SCHEDULED_COMPACTION);
  }

  set scheduledCompaction(revision: number) {
    this.#setRevision(SCHEDULED_COMPACTION, revision);
  }

  get finishedCompaction(): number {
    return this.#revision(FINISHED_COMPACTION);
  }

  set finishedCompaction(revision: number) {
    this.#setRevision(FINISHED_COMPACTION, revision);
  }

  #number(name: Uint8Array): number {
    const stored = this.#backend.get(buckets.meta, name);
    return stored === undefined ? 0 : decodeUint64(stored);
  }

  #revision(name: Uint8Array): number {
    const stored = this.#backend.get(buckets.meta, name);
    return stored === undefined ? 0 : decodeRevisionKey(stored).main;
  }

  #setRevision(name: Uint8Array, main: number): void {
    this.#backend.put(buckets.meta, name, encodeRevisionKey({ main, sub: 0, tombstone: false }));
  }
}
