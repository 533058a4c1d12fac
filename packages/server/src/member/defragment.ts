/** Gives free space of the live store back, timed under etcd's names. Commits wait meanwhile, nothing else does. */
import type { Backend, Clock } from "../ports/index.ts";
import type { CommitPacer } from "./commit-pacer.ts";
import type { MemberCounters } from "./member-metrics.ts";

/** What a defragmentation stops and measures. */
export interface DefragmentParts {
  readonly backend: Pick<Backend, "defragment">;
  readonly clock: Clock;
  readonly pacer: Pick<CommitPacer, "commit">;
  readonly counters: Pick<MemberCounters, "defragInflight" | "defragSeconds">;
}

/** Resolves when the smaller file is in its place. */
export async function defragment({ backend, clock, pacer, counters }: DefragmentParts): Promise<void> {
  const startedMs = clock.nowMs();
  counters.defragInflight.inc();
  try {
    await pacer.commit();
    await backend.defragment();
  } finally {
    counters.defragInflight.dec();
    counters.defragSeconds.observe((clock.nowMs() - startedMs) / 1000);
  }
}
