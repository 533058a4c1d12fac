// What a command prints. Blocks can be indented, and everything can be silenced; errors are printed all the same.

/** The names of log levels, from talkative to silent. Traces hold no log lines, so only the last one changes anything. */
export const levelNames = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE"];

/** Collects the text of one command after the other. */
export class TraceOutput {
  #text = "";
  level = 0;

  get quiet(): boolean {
    return this.level === levelNames.length - 1;
  }

  get text(): string {
    return this.#text;
  }

  reset(): void {
    this.#text = "";
  }

  write(text: string): void {
    if (!this.quiet) this.#text += text;
  }

  /** Runs something whose lines are indented by two spaces. */
  indented<T>(run: () => T): T {
    const before = this.#text;
    this.#text = "";
    const result = run();
    const lines = this.#text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    this.#text = before + lines.map((line) => `  ${line}\n`).join("");
    return result;
  }

  /** Sets the level by its name; returns the text of the error for any other name. */
  setLevel(name: string): string | undefined {
    const level = levelNames.indexOf(name.toUpperCase());
    if (level < 0) return `log levels must be either of [${levelNames.join(" ")}]`;
    this.level = level;
    return undefined;
  }
}
