/**
 * How many connections clients may have open together: as many as the process may have descriptors, less those kept for the log, the
 * store and the other members. One beyond is closed at once; clients try again elsewhere or later. Without this bound a client
 * that opens connections and says nothing takes the descriptors that the next log segment or snapshot needs.
 */
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

/** etcd's reserve. */
const descriptorsReserved = 150;

/** Counts the connections of all listeners that share it. */
export class ConnectionLimit {
  readonly #most: number;
  #count = 0;

  /** `descriptors`: what the process may have open; a process that may have few keeps half of them. */
  constructor({ descriptors }: { readonly descriptors: number }) {
    this.#most = Math.max(descriptors - descriptorsReserved, descriptors / 2);
  }

  /** Counts a fresh connection until it closes; false when it is one too many, and gone. */
  admit(socket: Socket): boolean {
    if (this.#count >= this.#most) {
      socket.destroy();
      return false;
    }
    this.#count++;
    socket.once("close", () => this.#count--);
    return true;
  }
}

/** The system's limit on this process's descriptors; infinite where it does not tell. */
export function descriptorLimit(): number {
  try {
    const line = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return line === undefined || line === "unlimited" ? Number.POSITIVE_INFINITY : Number(line);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
