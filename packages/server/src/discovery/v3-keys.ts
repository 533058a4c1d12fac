/**
 * What founders need of a v3 key space: read, list, write, and wait for a change. A port of this folder: the meeting is tested with
 * a fake, `grpc-keys.ts` is the real one. Every call rejects with `ServiceAwayError` when it is worth trying again.
 */

/** A key below a prefix. */
export interface V3Entry {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
}

export interface V3Keys {
  /** The value of a key; undefined when there is none. */
  get(key: string): Promise<string | undefined>;
  /** All keys with a prefix, and the revision they were read at. */
  list(prefix: string): Promise<{ readonly entries: readonly V3Entry[]; readonly revision: number }>;
  put(key: string, value: string): Promise<void>;
  /** Resolves when a key with the prefix has changed behind a revision. */
  changeBehind(prefix: string, revision: number): Promise<void>;
  /** Ends the connection. */
  close(): void;
}
