/**
 * The consensus membership in bucket "meta", as etcd keeps it: JSON, staged with the entry that changed it. A snapshot of the
 * store thus says by itself which membership belongs to it.
 */
import type { ConfState } from "@etcd-ts/raft";
import { type Backend, buckets } from "../ports/index.ts";

const key = (): Uint8Array => new TextEncoder().encode("confState");

/** Stages the membership after the entry that is being applied. */
export function writeConfState(backend: Pick<Backend, "put">, confState: ConfState): void {
  const { voters, learners, votersOutgoing, learnersNext, autoLeave } = confState;
  const lists = [
    ["voters", voters],
    ["learners", learners],
    ["voters_outgoing", votersOutgoing],
    ["learners_next", learnersNext],
  ] as const;
  const fields = lists.filter(([, ids]) => ids.length > 0).map(([name, ids]) => `"${name}":[${ids.join(",")}]`);
  const text = `{${[...fields, `"auto_leave":${autoLeave}`].join(",")}}`;
  backend.put(buckets.meta, key(), new TextEncoder().encode(text));
}

/** Reads it; undefined when it was never written. Throws when it cannot be read. */
export function readConfState(backend: Pick<Backend, "get">): ConfState | undefined {
  const stored = backend.get(buckets.meta, key());
  if (stored === undefined) return undefined;
  // Ids go up to 2^64-1, more than numbers hold: they are read as texts.
  const text = new TextDecoder().decode(stored).replace(/\d+/g, '"$&"');
  const fields = JSON.parse(text) as Record<string, unknown>;
  const ids = (name: string): bigint[] => ((fields[name] ?? []) as string[]).map(BigInt);
  return {
    voters: ids("voters"),
    learners: ids("learners"),
    votersOutgoing: ids("voters_outgoing"),
    learnersNext: ids("learners_next"),
    autoLeave: fields["auto_leave"] === true,
  };
}
