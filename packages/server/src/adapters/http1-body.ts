/** Collects a request's body up to a bound. */
import type { IncomingMessage } from "node:http";

const noBytes = new Uint8Array(0);

/** The whole body; `"too large"` beyond the bound (the rest is not read), `undefined` when the client went away. */
export function readBody(message: IncomingMessage, bytesMax: number): Promise<Uint8Array | "too large" | undefined> {
  const length = message.headers["content-length"];
  if (length === undefined && message.headers["transfer-encoding"] === undefined) return Promise.resolve(noBytes);
  if (length !== undefined && Number(length) > bytesMax) return Promise.resolve("too large");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) {
        message.pause();
        resolve("too large");
      } else chunks.push(chunk);
    });
    message.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    message.on("error", () => resolve(undefined));
    message.on("close", () => resolve(undefined));
  });
}
