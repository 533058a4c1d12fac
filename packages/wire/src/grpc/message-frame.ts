/**
 * Outgoing messages: a DATA frame with the gRPC prefix and the message, straight into the output when windows allow,
 * else queued in two pieces.
 */
import {
  Flag,
  FrameType,
  frameHeaderSize,
  type Http2Stream,
  putFrameHeader,
  putUint32,
  typeAndFlags,
} from "../http2/index.ts";
import { prefixSize } from "./message-assembly.ts";

const dataFrame = typeAndFlags(FrameType.data, 0);
const lastDataFrame = typeAndFlags(FrameType.data, Flag.endStream);
const flushSizeBytes = 512 * 1024;

/** Size of the frame that carries a message of this size. */
export function messageFrameSize(messageSize: number): number {
  return frameHeaderSize + prefixSize + messageSize;
}

/** Stores frame header and prefix at `bytes[at…]` and returns where the message belongs. */
export function putMessageHead(
  bytes: Uint8Array,
  at: number,
  id: number,
  messageSize: number,
  isLast: boolean,
): number {
  putFrameHeader(bytes, at, messageSize + prefixSize, isLast ? lastDataFrame : dataFrame, id);
  bytes[at + frameHeaderSize] = 0;
  putUint32(bytes, at + frameHeaderSize + 1, messageSize);
  return at + frameHeaderSize + prefixSize;
}

/** Copies a message; short ones are faster by hand. */
export function putMessage(bytes: Uint8Array, at: number, message: Uint8Array): void {
  const size = message.length;
  if (size > 32) bytes.set(message, at);
  else for (let index = 0; index < size; index++) bytes[at + index] = message[index]!;
}

/** Whether a message fits the windows, a frame and the transport right now. */
export function canSendMessage(stream: Http2Stream, messageSize: number): boolean {
  return stream.connection.canSend(stream, messageSize + prefixSize);
}

/** Sends a message in its turn; false when the stream's queue is above its high-water mark. */
export function sendMessage(stream: Http2Stream, message: Uint8Array): boolean {
  const { connection } = stream;
  if (!canSendMessage(stream, message.length)) {
    queueMessage(stream, message);
    connection.scheduleFlush();
    return stream.queuedBytes <= connection.limits.sendHighWaterSize;
  }
  const at = connection.out.reserve(messageFrameSize(message.length));
  putMessage(connection.out.bytes, putMessageHead(connection.out.bytes, at, stream.id, message.length, false), message);
  spendWindow(stream, message.length);
  connection.hasSent(true);
  if (connection.out.length > flushSizeBytes) connection.writeOut();
  connection.scheduleFlush();
  return true;
}

/** Sends bytes that are framed already, as far as windows and transport allow at once; the rest waits its turn. */
export function sendBytes(stream: Http2Stream, bytes: Uint8Array): void {
  const { connection } = stream;
  const sent = stream.queue === undefined ? putData(stream, bytes) : 0;
  if (sent < bytes.length) connection.scheduler.enqueue(stream, sent === 0 ? bytes : bytes.subarray(sent));
  connection.scheduleFlush();
}

/** Puts DATA frames into the output; answers how many of the bytes they carry. */
function putData(stream: Http2Stream, bytes: Uint8Array): number {
  const { connection } = stream;
  const { out, scheduler, peerSettings } = connection;
  let at = 0;
  while (at < bytes.length && !connection.isBlocked && !stream.isGone) {
    const size = Math.min(bytes.length - at, stream.sendWindow, scheduler.windowBytes, peerSettings.frameSizeMax);
    if (size <= 0) break;
    const frameAt = out.reserve(frameHeaderSize + size);
    putFrameHeader(out.bytes, frameAt, size, dataFrame, stream.id);
    out.bytes.set(bytes.subarray(at, at + size), frameAt + frameHeaderSize);
    at += size;
    stream.sendWindow -= size;
    scheduler.windowBytes -= size;
    connection.hasSent(true);
    if (out.length > flushSizeBytes) connection.writeOut();
  }
  return at;
}

/** Queues a message, which must not change until it is sent. */
export function queueMessage(stream: Http2Stream, message: Uint8Array): void {
  const prefix = new Uint8Array(prefixSize);
  putUint32(prefix, 1, message.length);
  stream.connection.scheduler.enqueue(stream, prefix);
  stream.connection.scheduler.enqueue(stream, message);
}

/** Counts a message that went into the output against the windows. */
export function spendWindow(stream: Http2Stream, messageSize: number): void {
  stream.sendWindow -= messageSize + prefixSize;
  stream.connection.scheduler.windowBytes -= messageSize + prefixSize;
}
