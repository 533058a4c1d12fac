/**
 * Passwords checked few at a time. A hash costs tens of milliseconds of a thread that the disk needs too, and anybody may ask
 * for one by naming a user; so checks wait in a line with an end, and who comes when it is full is told to come again.
 */
import type { HttpHandler } from "../../ports/index.ts";
import { plainError } from "./answers.ts";
import type { Passwords } from "./auth-store.ts";

const runningMax = 2;
const waitingMax = 64;

/** The line of checks is full. */
export class PasswordsBusyError extends Error {
  override readonly name = "PasswordsBusyError";
}

/** See the top of this file. Rejects with `PasswordsBusyError` when the line is full. */
export class QueuedPasswords implements Passwords {
  readonly #passwords: Passwords;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(passwords: Passwords) {
    this.#passwords = passwords;
  }

  hash(password: string): Promise<string> {
    return this.#inTurn(() => this.#passwords.hash(password));
  }

  matches(password: string, hash: string): Promise<boolean> {
    return this.#inTurn(() => this.#passwords.matches(password, hash));
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < runningMax) this.#running++;
    else if (this.#waiting.length >= waitingMax) throw new PasswordsBusyError("too many passwords to check");
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place, which so stays counted.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/** Answers 503 where the line of password checks was full. */
export function withBusyAnswer(handler: HttpHandler): HttpHandler {
  return (request) => {
    const answer = handler(request);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error: unknown) => {
      if (error instanceof PasswordsBusyError) return plainError(503, error.message);
      throw error;
    });
  };
}
