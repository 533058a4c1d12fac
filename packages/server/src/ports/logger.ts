/**
 * Structured logging in etcd's vocabulary: a message, then fields by etcd's kebab-case names
 * (`member-id`, `took`, `remote-peer-id`). Secrets and key values never go in.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/** Severity names as `--log-level` takes them. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "panic" | "fatal";

/** Where messages go; a level that is switched off costs one call. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A logger that drops everything, for tests and embedding. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
