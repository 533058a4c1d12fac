/**
 * One measurement: a generator process against one server, with the server's processor time and memory over the same
 * window. Figures that a load does not have are undefined, never zero.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { processFigures } from "@etcd-ts/test";
import type { Job, Report } from "./generator.ts";
import type { Measured } from "./meter.ts";
import type { Target } from "./servers.ts";

/** The figures of one server under one load; the JSON report has exactly these names. */
export interface Figures {
  /** Operations per second; events per second for watches. */
  readonly throughput?: number | undefined;
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  readonly cpuUsPerOp?: number | undefined;
  readonly rssMb?: number | undefined;
}

/** Figures, and how busy the generator was while they were taken. */
export interface Measurement {
  readonly figures: Figures;
  readonly generatorBusy: number;
}

const generatorPath = fileURLToPath(new URL("generator.js", import.meta.url));
const megabyte = 1_000_000;

/** Resident memory of all servers of a target, in megabytes; undefined where the system does not tell. */
export function residentMb({ pids }: Target): number | undefined {
  const rssBytes = sumOf(pids, (pid) => processFigures(pid).rssBytes);
  return rssBytes === 0 ? undefined : rssBytes / megabyte;
}

function cpuUsOf({ pids }: Target): number {
  return sumOf(pids, (pid) => processFigures(pid).cpuUs);
}

function sumOf(pids: readonly number[], figure: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + figure(pid), 0);
}

/** Carries out a job; rejects when a request failed, because then the figures mean nothing. */
export async function measure(target: Target, job: Omit<Job, "endpoints">): Promise<Measurement> {
  let cpuAtOpening = 0;
  const measured = await runGenerator({ ...job, endpoints: target.endpoints }, () => {
    cpuAtOpening = cpuUsOf(target);
  });
  const cpuUs = cpuUsOf(target) - cpuAtOpening;
  const { operations, seconds, p50Ms, p99Ms, errors, firstError, generatorBusy } = measured;
  if (errors > 0) throw new Error(`${job.load.name}: ${errors} errors, the first: ${firstError}`);
  const cpuUsPerOp = operations === 0 || cpuUs === 0 ? undefined : cpuUs / operations;
  const throughput = operations / seconds;
  return { figures: { throughput, p50Ms, p99Ms, cpuUsPerOp, rssMb: residentMb(target) }, generatorBusy };
}

function runGenerator(job: Job, onOpened: () => void): Promise<Measured> {
  const child = fork(generatorPath, { execArgv: ["--max-semi-space-size=32"] });
  return new Promise((resolve, reject) => {
    child.on("message", (report: Report) => {
      if (report.kind === "opened") onOpened();
      else if (report.kind === "measured") resolve(report.measured);
      else reject(new Error(`${job.load.name}: ${report.reason}`));
    });
    child.on("exit", (code) => reject(new Error(`${job.load.name}: the generator ended with ${code}`)));
    child.send(job);
  });
}
