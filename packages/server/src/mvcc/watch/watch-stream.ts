/**
 * A stream of watches as the API layer sees it. Every answer goes to the sink the stream was opened with.
 */

/** A request to watch; the message `WatchCreateRequest` is one. */
export interface WatchRequest {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  /** First revision wanted; 0: from now on. */
  readonly startRevision: number;
  readonly progressNotify: boolean;
  /** 0: no puts; 1: no deletions. */
  readonly filters: readonly number[];
  readonly prevKv: boolean;
  /** 0: the server chooses. */
  readonly watchId: number;
  readonly fragment: boolean;
}

/** Texts of refusals, as etcd has them. */
export const watchRefusals = {
  emptyRange: "mvcc: watcher range is empty",
  duplicateId: "mvcc: duplicate watch ID provided on the WatchStream",
  /** What releases from late 2025 on say to a negative start revision (etcd-io/etcd#20707). */
  negativeStart: "etcdserver: mvcc: required revision has been compacted",
  tooManyWatchers: "mvcc: too many watchers on the WatchStream",
} as const;

/** Made by `WatchHub.openStream`. After `close`, calls do nothing. */
export interface WatchStream {
  /** Starts a watch, or answers why not. */
  create(request: WatchRequest): void;
  /** Answers a request to watch that is not let in, for instance for want of permission. No id is used up. */
  refuse(cancelReason: string): void;
  /** Ends a watch; an unknown id is not answered. Events that wait for it are dropped. */
  cancel(watchId: number): void;
  /**
   * Answers how far the whole stream is, as soon as all that happened until then has left. Requests that wait are answered
   * together. A watch that waits for a revision still to come does not hold them back, as recorded: it has missed nothing.
   */
  progress(): void;
  /** The sink takes more. */
  writable(): void;
  /** Ends every watch, without an answer. */
  close(): void;
  /** The sink asked for a pause: read no further requests until it is writable, or their answers pile up. */
  readonly paused: boolean;
  /** Number of watches, ended ones included until they are cancelled. */
  readonly size: number;
}
