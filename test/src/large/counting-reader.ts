/**
 * Reads one Range of everything over node:http2 and keeps nothing of it: counts key-values, checks the announced size and
 * the order of the keys. A child process, so that its work does not fall on who measures the server. Arguments: endpoint,
 * pause after each megabyte in ms, "Range" or "RangeStream".
 */
import { once } from "node:events";
import { connect } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { KeyValue, RangeRequest, RangeResponse, RangeStreamResponse } from "@etcd-ts/proto";

/** What was read. */
export interface ReadFigures {
  readonly bytes: number;
  readonly announcedBytes: number;
  readonly kvs: number;
  readonly isInOrder: boolean;
  readonly status: string;
  readonly seconds: number;
}

const kvsTag = 0x12;
const megabyte = 1024 * 1024;

/** Finds the key-values in a RangeResponse that comes bit by bit. */
class FieldScanner {
  kvs = 0;
  isInOrder = true;
  #held: Buffer = Buffer.alloc(0);
  #lastKey = "";

  push(chunk: Buffer): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let at = 0;
    for (let next = this.#field(bytes, at); next > 0; next = this.#field(bytes, at)) at = next;
    this.#held = bytes.subarray(at);
  }

  /** Handles a field; answers where the next begins, 0 when it is not whole. */
  #field(bytes: Buffer, at: number): number {
    const { value, end } = varint(bytes, at + 1);
    if (end === 0) return 0;
    const tag = bytes[at]!;
    if ((tag & 7) === 0) return end;
    if (end + value > bytes.length) return 0;
    if (tag === kvsTag) this.#kv(bytes.subarray(end, end + value));
    return end + value;
  }

  #kv(record: Buffer): void {
    const key = Buffer.from(KeyValue.decode(record).key).toString("latin1");
    this.isInOrder &&= key > this.#lastKey;
    this.#lastKey = key;
    this.kvs++;
  }
}

function varint(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  for (let index = at, scale = 1; index < bytes.length; index++, scale *= 128) {
    value += (bytes[index]! & 127) * scale;
    if (bytes[index]! < 128) return { value, end: index + 1 };
  }
  return { value: 0, end: 0 };
}

/** Hands the bodies of gRPC messages on as they come. */
class MessageScanner {
  bytes = 0;
  announcedBytes = 0;
  readonly #fields: FieldScanner;
  readonly #isStream: boolean;
  #left = 0;
  #held: Buffer = Buffer.alloc(0);

  constructor(fields: FieldScanner, isStream: boolean) {
    this.#fields = fields;
    this.#isStream = isStream;
  }

  push(chunk: Buffer): void {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (this.#left > 0 ? rest.length > 0 : this.#hasMessage(rest)) {
      if (this.#left === 0) {
        this.#left = rest.readUInt32BE(1);
        this.announcedBytes += this.#left;
        rest = rest.subarray(5);
      }
      const body = rest.subarray(0, this.#left);
      this.#body(body);
      this.#left -= body.length;
      rest = rest.subarray(body.length);
    }
    this.#held = rest;
  }

  /** Whether a message begins here that can be scanned: the pieces of a stream as a whole only. */
  #hasMessage(rest: Buffer): boolean {
    return rest.length >= 5 && (!this.#isStream || rest.length >= 5 + rest.readUInt32BE(1));
  }

  #body(body: Buffer): void {
    this.bytes += body.length;
    if (!this.#isStream) return this.#fields.push(body);
    const { rangeResponse } = RangeStreamResponse.decode(body);
    this.#fields.push(Buffer.from(RangeResponse.encode(rangeResponse ?? RangeResponse.create({}))));
  }
}

/** Reads all keys of a server; a pause of 0 reads at full speed. */
export async function readEverything(
  endpoint: string,
  { method, pauseMs }: { method: string; pauseMs: number },
): Promise<ReadFigures> {
  const begun = performance.now();
  const session = connect(`http://${endpoint}`, { settings: { initialWindowSize: 4 * megabyte } });
  await once(session, "connect");
  session.setLocalWindowSize(8 * megabyte);
  const path = `/etcdserverpb.KV/${method}`;
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request(headers, { endStream: false });
  const request = Buffer.from(
    RangeRequest.encode(RangeRequest.create({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) })),
  );
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(request.length, 1);
  stream.end(Buffer.concat([prefix, request]));
  let status = "none";
  stream.on("trailers", (trailers) => {
    status = String(trailers["grpc-status"]);
  });
  const fields = new FieldScanner();
  const messages = new MessageScanner(fields, method === "RangeStream");
  let paused = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    messages.push(chunk);
    for (; pauseMs > 0 && paused + megabyte < messages.bytes; paused += megabyte) await sleep(pauseMs);
  }
  session.close();
  const { bytes, announcedBytes } = messages;
  const seconds = (performance.now() - begun) / 1000;
  return { bytes, announcedBytes, kvs: fields.kvs, isInOrder: fields.isInOrder, status, seconds };
}

const [, , endpoint, pause, method] = process.argv;
if (process.send !== undefined && endpoint !== undefined) {
  const figures = await readEverything(endpoint, { method: method ?? "Range", pauseMs: Number(pause) });
  process.send(figures);
  process.disconnect();
}
