/** Counts of operations since the member started, in the names and order of `/v2/stats/store`. */

/** The counters; `watchers` is filled in when they are read. */
export interface V2Stats {
  getsSuccess: number;
  getsFail: number;
  setsSuccess: number;
  setsFail: number;
  deleteSuccess: number;
  deleteFail: number;
  updateSuccess: number;
  updateFail: number;
  createSuccess: number;
  createFail: number;
  compareAndSwapSuccess: number;
  compareAndSwapFail: number;
  compareAndDeleteSuccess: number;
  compareAndDeleteFail: number;
  expireCount: number;
  watchers: number;
}

/** Counters at zero. */
export function createStats(): V2Stats {
  return {
    getsSuccess: 0,
    getsFail: 0,
    setsSuccess: 0,
    setsFail: 0,
    deleteSuccess: 0,
    deleteFail: 0,
    updateSuccess: 0,
    updateFail: 0,
    createSuccess: 0,
    createFail: 0,
    compareAndSwapSuccess: 0,
    compareAndSwapFail: 0,
    compareAndDeleteSuccess: 0,
    compareAndDeleteFail: 0,
    expireCount: 0,
    watchers: 0,
  };
}

/** The counter of an operation's outcome. */
export type CountedOperation = "gets" | "sets" | "delete" | "update" | "create" | "compareAndSwap" | "compareAndDelete";

/** Counts one outcome. */
export function count(stats: V2Stats, operation: CountedOperation, succeeded: boolean): void {
  stats[`${operation}${succeeded ? "Success" : "Fail"}`]++;
}
