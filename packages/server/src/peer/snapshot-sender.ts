/**
 * Sends one snapshot: a POST whose body is the announcing message in a frame, then the content as it comes. The content
 * is this project's own form for now, so a header names it, and members that know the form say so when they are probed. Nobody else is
 * sent one: a Go member would put whatever comes in the place of its store, and then neither go on nor start again.
 */
import type { Message } from "@etcd-ts/raft";
import { formatId } from "../membership/index.ts";
import type { Clock, Logger, PeerConnector, PeerIdentity } from "../ports/index.ts";
import { requestHeaders, textOf } from "./peer-headers.ts";
import type { PeerMetrics } from "./peer-metrics.ts";
import { encodeFrame } from "./stream-codec.ts";
import type { UrlPicker } from "./url-picker.ts";

/** Names the form of the content that follows the message. */
export const snapshotFormatHeader = "X-Etcd-Snapshot-Format";
/** Pairs of the live store, see `member/store-content.ts`. */
export const snapshotFormat = "store-pairs-1";
/** Why a member of another make is sent nothing. */
export const foreignPeer =
  "the peer is of another make and cannot take this server's snapshots; it catches up from the log of a leader of its own make";
/** What this member answers a probe with, besides the usual. */
export const probeHeaders = { "Content-Type": "application/json", [snapshotFormatHeader]: snapshotFormat } as const;
const probeTimeoutMs = 4_000;
/** How long the receiver may take after the last byte to bring the content into safety. */
const answerTimeoutMs = 120_000;

/** Where a snapshot goes, and what counts it. */
export interface SnapshotSenderParts {
  readonly self: PeerIdentity;
  readonly connector: PeerConnector;
  readonly clock: Clock;
  readonly log: Logger;
  readonly urls: UrlPicker;
  readonly metrics: PeerMetrics;
  /** Told of a peer that cannot be sent one; it is asked again and again. */
  onForeign(reason: string): void;
}

/** Resolves with whether the peer has it; never rejects. */
export async function sendSnapshot(
  parts: SnapshotSenderParts,
  message: Message,
  content: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const { clock, log, metrics } = parts;
  const fields = { "snapshot-index": message.snapshot?.metadata.index, "remote-peer-id": formatId(message.to) };
  if (await isForeign(parts)) {
    parts.onForeign(foreignPeer);
    return false;
  }
  const startedMs = clock.nowMs();
  log.info("sending database snapshot", fields);
  metrics.snapshotSend.inflight.inc();
  const problem = await post(parts, message, content);
  metrics.snapshotSend.inflight.dec();
  if (problem !== undefined) {
    metrics.snapshotSend.failures.inc();
    log.warn("failed to send database snapshot", { ...fields, error: problem });
    return false;
  }
  metrics.snapshotSend.success.inc();
  metrics.snapshotSend.seconds.observe((clock.nowMs() - startedMs) / 1000);
  log.info("sent database snapshot", fields);
  return true;
}

/** Whether the peer answers, and does not know the form. */
async function isForeign({ connector, urls }: SnapshotSenderParts): Promise<boolean> {
  const url = urls.current;
  if (url === undefined) return false;
  const request = { method: "GET", path: "/raft/probing", headers: {}, body: new Uint8Array(0) } as const;
  try {
    const { status, headers } = await connector.request(url, { ...request, timeoutMs: probeTimeoutMs });
    return status === 200 && headers[snapshotFormatHeader.toLowerCase()] !== snapshotFormat;
  } catch {
    // Sending will say what is wrong.
    return false;
  }
}

async function post(
  { self, connector, urls, metrics }: SnapshotSenderParts,
  message: Message,
  content: AsyncIterable<Uint8Array>,
): Promise<string | undefined> {
  const url = urls.current;
  if (url === undefined) return "no address";
  const headers = {
    ...requestHeaders(self),
    "Content-Type": "application/octet-stream",
    [snapshotFormatHeader]: snapshotFormat,
  };
  const body = counted(message, content, (bytes) => metrics.sentBytes.inc(bytes));
  try {
    const answer = await connector.request(url, {
      method: "POST",
      path: "/raft/snapshot",
      headers,
      body,
      timeoutMs: answerTimeoutMs,
    });
    return answer.status === 204 ? undefined : `refused with status ${answer.status}: ${textOf(answer)}`;
  } catch (error) {
    urls.failed(url);
    return error instanceof Error ? error.message : String(error);
  }
}

async function* counted(
  message: Message,
  content: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const frame = encodeFrame(message);
  onBytes(frame.length);
  yield frame;
  for await (const piece of content) {
    onBytes(piece.length);
    yield piece;
  }
}
