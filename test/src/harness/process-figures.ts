/**
 * What the kernel knows about a running process: processor time of all its threads, resident memory, open descriptors.
 * Read from /proc, so Linux only; elsewhere every figure is 0 and the callers say so.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A moment in the life of a process. */
export interface ProcessFigures {
  /** User and system time of all threads, dead ones included, in microseconds. */
  readonly cpuUs: number;
  readonly rssBytes: number;
  /** Of it, memory of its own: without the files it has mapped, such as a store that was read. */
  readonly ownBytes: number;
  readonly descriptors: number;
}

/** The kernel counts processor time in ticks of 10 ms on every Linux that Node supports. */
const tickUs = 10_000;
const pageBytes = 4096;

/** True where the figures can be read. */
export const figuresAvailable = existsSync("/proc/self/stat");

/** Reads the figures of a process; zeros when it is gone or the system has no /proc. */
export function processFigures(pid: number): ProcessFigures {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const cpuUs = (Number(fields[11]) + Number(fields[12])) * tickUs;
    const ownKib = /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0;
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    return { cpuUs, rssBytes: Number(fields[21]) * pageBytes, ownBytes: Number(ownKib) * 1024, descriptors };
  } catch {
    return { cpuUs: 0, rssBytes: 0, ownBytes: 0, descriptors: 0 };
  }
}
