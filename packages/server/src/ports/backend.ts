/**
 * The live store: ordered buckets of bytes, private to this member. Writes are staged in memory, visible to every
 * later read at once, and reach the disk together when `commit` is called: all of a batch or none of it. The write-ahead
 * log covers what has not been committed yet, so no answer to a client ever waits for a commit.
 *
 * Keys sort by unsigned bytes and have at most `backendKeyBytesMax`. Key and value arrays passed in are kept: the caller
 * gives up ownership.
 * Arrays handed out are never changed afterwards by the backend, and must not be changed by the caller.
 */
export const buckets = {
  /** revision (17 or 18 bytes, etcd's form) → mvccpb.KeyValue */
  key: "key",
  /** consistent index, term, configuration state, scheduled and finished compaction, … */
  meta: "meta",
  /** lease id (8 bytes, big endian) → leasepb.Lease */
  lease: "lease",
  alarm: "alarm",
  cluster: "cluster",
  members: "members",
  membersRemoved: "members_removed",
  auth: "auth",
  authUsers: "authUsers",
  authRoles: "authRoles",
  /** the replicated v2 tree */
  v2: "v2",
} as const;
/** The name of a bucket. */
export type Bucket = (typeof buckets)[keyof typeof buckets];

/** The longest key a backend takes; a longer one is a bug of the caller. */
export const backendKeyBytesMax = 1978;

/** One entry of a bucket; key and value belong to the backend. */
export interface BackendEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** One entry and the bucket it belongs to. */
export interface BackendPair extends BackendEntry {
  readonly bucket: Bucket;
}

/** A part of a bucket: entries with `start <= key < end`, without `end` to the bucket's last, in order. */
export interface SliceRange {
  readonly start: Uint8Array;
  readonly end?: Uint8Array | undefined;
  /** Entries at most. */
  readonly limit: number;
  /**
   * Ends the slice with the entry whose value makes it this long: then a short slice need not be the last one, an empty one is.
   * For whoever reads slice by slice between other work: five hundred large values are no work of a millisecond.
   */
  readonly bytesMax?: number | undefined;
}

/** Whether a slice ended because it was long enough: more may follow. An empty one was not. */
export function isCutSlice(entries: readonly BackendEntry[], { limit, bytesMax }: SliceRange): boolean {
  if (entries.length >= limit || bytesMax === undefined) return entries.length >= limit;
  return entries.reduce((left, { value }) => left - value.length, bytesMax) <= 0;
}

/** What was durable at one moment, unchanged by later commits. Keeps its space from being used again until it is closed. */
export interface BackendView {
  get(bucket: Bucket, key: Uint8Array): Uint8Array | undefined;
  slice(bucket: Bucket, range: SliceRange): BackendEntry[];
  close(): void;
}

/** Called with an entry whose arrays are lent: they change when it returns, so what is kept of them is copied. */
export type VisitEntry = (key: Uint8Array, value: Uint8Array) => void;

/** The port; see the top of this file for who owns the buffers. */
export interface Backend {
  get(bucket: Bucket, key: Uint8Array): Uint8Array | undefined;
  /** Like `get`, but the value may change with the next reading: for looking at it without a copy. */
  peek(bucket: Bucket, key: Uint8Array): Uint8Array | undefined;
  /** The slice is complete when returned; staged writes are part of it. */
  slice(bucket: Bucket, range: SliceRange): BackendEntry[];
  /**
   * Visits all entries of a bucket in order, staged writes included, without making an array of any: for reading a
   * whole store when it is opened. `visit` must not use the backend.
   */
  scan(bucket: Bucket, visit: VisitEntry): void;
  put(bucket: Bucket, key: Uint8Array, value: Uint8Array): void;
  delete(bucket: Bucket, key: Uint8Array): void;
  /**
   * Calls `run` whenever a commit is about to take what is staged: what it stages belongs to that commit. For what changes
   * so often that staging it with every change would cost more than it is worth.
   */
  beforeCommit(run: () => void): void;
  /**
   * Makes everything staged so far durable, atomically; what is staged meanwhile belongs to the next commit.
   * At most one commit runs at a time: a second call waits for the first and then covers what was staged since.
   * A failed commit is final: it rejects, so does every later one, and the member has to stop.
   */
  commit(): Promise<void>;
  /** Opens a view of what the last finished commit made durable. */
  view(): BackendView;
  /**
   * Replaces everything, staged writes included, by these pairs: durable and complete when it resolves, untouched when it
   * rejects or the process dies. Reads see the old content until `onReplaced` is called, and the new one from then on: whatever
   * was derived from the old content has to be forgotten in that call.
   */
  replace(content: AsyncIterable<BackendPair>, onReplaced?: () => void): Promise<void>;
  /** Bytes staged and not yet committed; the member bounds it by committing. */
  readonly stagedBytes: number;
  /** Bytes of the file, as etcd's `dbSize`. */
  readonly sizeBytes: number;
  /** Bytes of the file that hold live pages, as etcd's `dbSizeInUse`. */
  readonly sizeInUseBytes: number;
  /** Gives free pages back where the implementation can; readers and writers go on meanwhile. */
  defragment(): Promise<void>;
  /** Waits for a running commit; what is staged beyond it is dropped. */
  close(): Promise<void>;
}
