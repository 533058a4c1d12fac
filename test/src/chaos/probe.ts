/**
 * Measures how long writes do not go on: puts on every member that should be able to serve, a new one every few milliseconds, none
 * waiting for another, until one that was sent after the fault is acknowledged. Pauses of this very process are told,
 * because they say nothing about the members.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { PutRequest } from "@etcd-ts/proto";
import type { Recorder, Seat } from "./recorder.ts";

const everyMs = 20;
const timeoutMs = 5_000;
const patienceMs = 30_000;
const probeStep = -2;

/** How long writes paused, and how long this process did. */
export interface Outage {
  readonly outageMs: number;
  readonly stalledMs: number;
}

let puts = 0;

/** Waits until a put is acknowledged; undefined when none was in half a minute. */
export async function probe(recorder: Recorder, seats: () => readonly Seat[]): Promise<Outage | undefined> {
  const begunMs = performance.now();
  let resumedMs: number | undefined;
  let stalledMs = 0;
  for (let lastMs = begunMs; resumedMs === undefined; ) {
    for (const seat of seats()) {
      const key = new TextEncoder().encode(`probe/${puts % 3}`);
      const request = PutRequest.create({ key, value: new TextEncoder().encode(`p${++puts}`) });
      void recorder.send({ kind: "put", request }, { seat, step: probeStep, timeoutMs }).then((call) => {
        if (call.response !== undefined) resumedMs = Math.min(resumedMs ?? call.returnedMs, call.returnedMs);
      });
    }
    await sleep(everyMs);
    const nowMs = performance.now();
    stalledMs += Math.max(0, nowMs - lastMs - 2 * everyMs);
    lastMs = nowMs;
    if (nowMs - begunMs > patienceMs) return undefined;
  }
  return { outageMs: resumedMs - begunMs, stalledMs };
}
