/**
 * Calls over `node:http2` with any headers and any bytes, and plain HTTP/1.1 requests, each reduced to what a client
 * can tell apart: status, gRPC code and text, body. Used to compare two servers' refusals.
 */
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { talk } from "./raw-socket.ts";

/** One gRPC call that may be wrong in any way. */
export interface RawCall {
  readonly path: string;
  /** Bytes of the request stream, as they are. */
  readonly body: Uint8Array;
  readonly headers?: OutgoingHttpHeaders;
}

/** What a client sees. */
export interface RawOutcome {
  readonly status: string;
  readonly code: string;
  readonly text: string;
}

const callTimeoutMs = 5_000;

/** A gRPC message with its 5-byte prefix. */
export function framed(message: Uint8Array, { compressed = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** Makes a call on a connection of its own. */
export function rawCall(port: number, { path, body, headers = {} }: RawCall): Promise<RawOutcome> {
  return new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const outcome = { status: "", code: "", text: "" };
    const finish = (): void => {
      clearTimeout(timer);
      session.destroy();
      resolve({ ...outcome });
    };
    const timer = setTimeout(() => {
      outcome.status ||= "no answer";
      finish();
    }, callTimeoutMs);
    session.on("error", finish);
    const all = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers };
    const stream = session.request(all);
    const read = (from: Record<string, unknown>): void => {
      outcome.status = String(from[":status"] ?? outcome.status);
      outcome.code = String(from["grpc-status"] ?? outcome.code);
      outcome.text = decodeText(String(from["grpc-message"] ?? outcome.text));
    };
    stream.on("response", read);
    stream.on("trailers", read);
    stream.on("error", () => {});
    stream.on("close", () => {
      if (outcome.status === "") outcome.status = `reset ${stream.rstCode}`;
      finish();
    });
    stream.resume();
    stream.end(body);
  });
}

/** Makes an HTTP/1.1 request from its text and tells status and body; ids and dates do not take part. */
export async function rawHttp(port: number, request: string): Promise<RawOutcome> {
  const { bytes } = await talk(port, { pieces: [Buffer.from(request, "latin1")], listenMs: 1_500 });
  const answer = bytes.toString("latin1");
  const [head = "", ...body] = answer.split("\r\n\r\n");
  return { status: head.split("\r\n")[0] ?? "", code: "", text: body.join("\r\n\r\n").trim() };
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
