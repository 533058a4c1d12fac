/** Steps of the v2 API: plain data, as in step.ts. Values and indexes to compare with are known only when a step is done. */

/** How a compare is meant: with what the client saw last at this key, or with something that never was. */
export type V2Compare = "none" | "seenValue" | "seenIndex" | "seenBoth" | "wrongValue" | "wrongIndex";

/** A request on a key. */
export interface V2CallSpec {
  readonly kind: "v2";
  readonly what: "set" | "create" | "createInOrder" | "update" | "delete" | "read";
  readonly key: string;
  /** Unique to the step; empty for directories, deletes, renewals and reads. */
  readonly value: string;
  readonly compare: V2Compare;
  readonly dir: boolean;
  readonly ttl: number | undefined;
  readonly refresh: boolean;
  readonly recursive: boolean;
  readonly quorum: boolean;
  readonly noValueOnSuccess: boolean;
}

/** A watch that is opened again when it ends, from where it was if it is a long poll. */
export interface V2WatchSpec {
  readonly kind: "v2watch";
  readonly key: string;
  readonly recursive: boolean;
  readonly stream: boolean;
  /** Indexes back from the newest seen; undefined: the next change. */
  readonly back: number | undefined;
}

/** Many writes at once, so that the history of events is too short for them. */
export interface V2FloodSpec {
  readonly kind: "v2flood";
  readonly count: number;
}
