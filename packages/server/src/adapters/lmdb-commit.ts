/**
 * Waiting until what was queued for LMDB is on disk. A commit that fails is an abort: nothing of it is in the file.
 *
 * One failure comes from LMDB itself and not from the disk. lmdb 3.5.6 keeps its list of free pages in memory between commits and
 * writes only what changed; when the first record of that list is neither written nor there, it takes what happens to stand on
 * the stack for the record's size, and if that is 0 it gives up ("reserved freelist had a data entry with zero-size", MDB_BAD_TXN,
 * in mdb_freelist_save). The abort makes it forget the list in memory, so the same writes are tried once more.
 */

/** What LMDB promises for a write: that it is committed, and that it is flushed. */
export type Commit = Promise<boolean> & { flushed?: Promise<unknown> };

/** Queues writes by `write` and waits until they are on disk; rejects when they will never be. */
export async function committed(write: () => ReadonlySet<Commit>): Promise<void> {
  const failure = await failureOf(write());
  if (failure === undefined) return;
  const last = isListFault(failure) ? await failureOf(write()) : failure;
  if (last !== undefined) throw new Error("the live store could not be committed", { cause: last });
}

function isListFault(failure: unknown): boolean {
  return failure instanceof Error && failure.message.includes("reserved freelist");
}

/** Why not all was committed; looks at every promise, because one that nobody looks at ends the process. */
async function failureOf(commits: ReadonlySet<Commit>): Promise<unknown> {
  const failed = (await Promise.allSettled(commits)).find((one) => one.status === "rejected");
  if (failed !== undefined) {
    const error: unknown = failed.reason;
    return reasonOf((error as { commitError?: Promise<unknown> }).commitError, error);
  }
  for (const commit of commits) await commit.flushed;
  return undefined;
}

/** LMDB tells why a commit failed by a second promise, which rejects. */
async function reasonOf(promise: Promise<unknown> | undefined, fallback: unknown): Promise<unknown> {
  try {
    await promise;
    return fallback;
  } catch (reason) {
    return reason;
  }
}
