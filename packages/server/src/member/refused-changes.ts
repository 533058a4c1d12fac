/**
 * Which membership changes of the log were refused when they were applied: their indexes, in bucket "meta". Whether a change
 * holds depends on the membership of that moment, which a store that is ahead of the log no longer knows; a replay that
 * asked again could let a refused change into the consensus core, and this member would count votes unlike all others.
 *
 * Bound: the newest ones are kept, more than any log holds: changes are checked before they are proposed, so that only those
 * that raced with another one are refused here.
 */
import { type Backend, buckets } from "../ports/index.ts";

const keptMax = 1_000;
const key = (): Uint8Array => new TextEncoder().encode("refusedChanges");

/** Whether the change at this index was refused. */
export function wasRefused(backend: Pick<Backend, "get">, index: number): boolean {
  return readRefused(backend).includes(index);
}

/** Stages that the change at this index was refused. */
export function writeRefused(backend: Pick<Backend, "get" | "put">, index: number): void {
  const indexes = [...readRefused(backend), index].slice(-keptMax);
  backend.put(buckets.meta, key(), new TextEncoder().encode(JSON.stringify(indexes)));
}

function readRefused(backend: Pick<Backend, "get">): number[] {
  const stored = backend.get(buckets.meta, key());
  return stored === undefined ? [] : (JSON.parse(new TextDecoder().decode(stored)) as number[]);
}
