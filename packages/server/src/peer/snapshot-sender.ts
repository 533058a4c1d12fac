/**
 * Sends one snapshot: a POST whose body is the announcing message in a frame, then the content as it comes. The content
 * is this project's own form for now, so a header names it: a member that does not know the form refuses it.
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
}

/** Resolves with whether the peer has it; never rejects. */
export async function sendSnapshot(
  parts: SnapshotSenderParts,
  message: Message,
  content: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const { clock, log, metrics } = parts;
  const fields = { "snapshot-index": message.snapshot?.metadata.index, "remote-peer-id": formatId(message.to) };
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
