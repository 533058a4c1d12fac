/** What the pages for operators need to know about the member: nothing here changes anything but the log level. */
import type { LogLevel } from "../../ports/index.ts";

export interface OpsMember {
  /** Names of active alarms: NOSPACE, CORRUPT. */
  alarms(): readonly string[];
  hasLeader(): boolean;
  isLearner(): boolean;
  /** Reads one key as root, within the member's request timeout; the reason when it fails, else `undefined`. */
  read(options: { serializable: boolean }): Promise<string | undefined>;
  /** `major.minor.0` once the cluster has agreed on it. */
  clusterVersion(): string | undefined;
  /** Values for `/debug/vars`, by name; anything JSON can hold. */
  debugVars(): Readonly<Record<string, unknown>>;
  setLogLevel(level: LogLevel): void;
}
