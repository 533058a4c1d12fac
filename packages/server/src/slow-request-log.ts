/**
 * The log line of a unary call that took longer than `--warning-unary-request-duration`, with etcd's message and fields. What a
 * request says is shown for reads and writes of keys only, values by their size; other requests may hold credentials.
 */
import type { HandledCall } from "@etcd-ts/wire";
import { describeRequest } from "./machine/index.ts";
import type { Clock, Logger } from "./ports/index.ts";

const requestNames: Readonly<Record<string, string>> = {
  "/etcdserverpb.KV/Range": "range",
  "/etcdserverpb.KV/Put": "put",
  "/etcdserverpb.KV/DeleteRange": "delete_range",
  "/etcdserverpb.KV/Txn": "txn",
};

/** Writes the line. */
export function logSlowUnary(
  { clock, log }: { clock: Clock; log: Logger },
  { path, call, tookMs }: { path: string; call: HandledCall; tookMs: number },
): void {
  const name = requestNames[path];
  const message = call.message ?? new Uint8Array(0);
  log.warn("request stats", {
    "start time": new Date(clock.wallMs() - tookMs).toISOString(),
    "time spent": `${tookMs.toFixed(3)}ms`,
    remote: call.peer.address,
    "response type": path,
    "request size": name === undefined ? -1 : message.length,
    "response size": name === undefined ? -1 : call.answerBytes,
    "request content": name === undefined ? "" : contentOf(name, message),
  });
}

/** A request that does not decode was slow all the same. */
function contentOf(name: string, message: Uint8Array): string {
  try {
    return describeRequest(name, message);
  } catch {
    return "";
  }
}
