import assert from "node:assert/strict";
import { test } from "node:test";
import { type Commit, committed } from "./lmdb-commit.ts";

const listFault = "MDB_BAD_TXN: Transaction must abort: reserved freelist had a data entry with zero-size, last id 7";

/** A commit as lmdb answers it: with what went wrong, or undefined. */
function commitOf(fault: string | undefined): Commit {
  if (fault === undefined) return Object.assign(Promise.resolve(true), { flushed: Promise.resolve() });
  const commitError = Promise.reject(new Error(fault));
  commitError.catch(() => {});
  return Promise.reject(Object.assign(new Error("Commit failed (see commitError for details)"), { commitError }));
}

/** Commits with one fault after the other; answers how often was written, and what came of it. */
async function tried(faults: (string | undefined)[]): Promise<{ writes: number; cause: string | undefined }> {
  let writes = 0;
  try {
    await committed(() => new Set([commitOf(faults[writes++])]));
    return { writes, cause: undefined };
  } catch (error) {
    return { writes, cause: ((error as Error).cause as Error).message };
  }
}

test("a commit that LMDB gives up over its list of free pages is tried once more", async () => {
  assert.deepEqual(await tried([listFault, undefined]), { writes: 2, cause: undefined });
  assert.deepEqual(await tried([listFault, listFault]), { writes: 2, cause: listFault });
});

test("a commit that fails for any other reason is final", async () => {
  assert.deepEqual(await tried(["Input/output error", undefined]), { writes: 1, cause: "Input/output error" });
  assert.deepEqual(await tried([undefined]), { writes: 1, cause: undefined });
});
