/**
 * What `/debug/vars` tells of the process, under Go's names: the command line, the figures of its memory that mean the same here,
 * and how many files it may have open. Figures of Go's own garbage collector are left out.
 */
import { limitOf } from "./prom-metrics.ts";

/** The variables as of now; never throws. */
export function processVars(): Readonly<Record<string, unknown>> {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  const memstats = { Alloc: heapUsed, Sys: rss, HeapAlloc: heapUsed, HeapSys: heapTotal, HeapInuse: heapUsed };
  return { cmdline: process.argv, memstats, file_descriptor_limit: limitOf("Max open files") };
}
