/**
 * Logs through pino in the shape of etcd's zap logger: one JSON object a line with `level`, `ts`, `msg` and the fields
 * by their kebab-case names; or, with the format `console`, tab-separated for people. Lines are written synchronously:
 * the last words of a dying member are the ones that matter.
 */
import { pino } from "pino";
import type { LogFields, Logger, LogLevel } from "../ports/index.ts";

/** The log flags, read. */
export interface PinoLoggerOptions {
  readonly level: LogLevel;
  readonly format: "json" | "console";
  /** `stderr`, `stdout`, or paths of files to append to. */
  readonly outputs: readonly string[];
}

/** The `Logger` of a running member. */
export class PinoLogger implements Logger {
  readonly #pino: pino.Logger;
  readonly #files: readonly { end(): void }[];

  /** Opens the outputs; throws when a file cannot be opened. */
  constructor({ level, format, outputs }: PinoLoggerOptions) {
    const targets = outputs.map((output) => openOutput(output));
    this.#files = targets.filter((_, i) => outputs[i] !== "stderr" && outputs[i] !== "stdout");
    const write = (line: string) => {
      const text = format === "console" ? consoleLine(line) : line;
      for (const target of targets) target.write(text);
    };
    const stream = targets.length === 1 && format === "json" ? targets[0]! : { write };
    this.#pino = pino({ ...shape, level: pinoLevel(level) }, stream);
  }

  debug(message: string, fields?: LogFields): void {
    this.#pino.debug(fields, message);
  }

  info(message: string, fields?: LogFields): void {
    this.#pino.info(fields, message);
  }

  warn(message: string, fields?: LogFields): void {
    this.#pino.warn(fields, message);
  }

  error(message: string, fields?: LogFields): void {
    this.#pino.error(fields, message);
  }

  /** Takes effect with the next line. */
  setLevel(level: LogLevel): void {
    this.#pino.level = pinoLevel(level);
  }

  /** Closes the files; lines after that are lost. */
  close(): void {
    for (const file of this.#files) file.end();
  }
}

const shape: pino.LoggerOptions = {
  base: null,
  timestamp: () => `,"ts":"${new Date().toISOString()}"`,
  formatters: { level: (label) => ({ level: label }) },
  serializers: { error: (error: unknown) => (error instanceof Error ? error.message : error) },
};

/** `panic` and `fatal` silence everything that a member logs through the port. */
function pinoLevel(level: LogLevel): string {
  return level === "panic" ? "fatal" : level;
}

function openOutput(output: string): { write(text: string): unknown; end(): void } {
  const dest = output === "stderr" ? 2 : output === "stdout" ? 1 : output;
  return pino.destination({ dest, append: true, sync: true });
}

/** Time, level, message, and the fields as JSON, with tabs between. */
function consoleLine(line: string): string {
  const { level, ts, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.keys(fields).length > 0 ? `\t${JSON.stringify(fields)}` : "";
  return `${ts}\t${level}\t${msg}${rest}\n`;
}
