/**
 * A keep-alive connection for HTTP/1.1 with one request under way at a time, as curl and the clients of etcd's v2 API use
 * it. It reads only what it must, because the generator shares the machine with the server.
 */
import { connect, type Socket } from "node:net";

const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = Buffer.from("\r\n0\r\n\r\n");

/** Told once: the status, and the whole answer as it came. */
export type Answered = (error: string | undefined, status: number, answer: Buffer) => void;

/** See the top of this file; made by `Http1Connection.open`. */
export class Http1Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #answered: Answered | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("error", (error) => this.#end(error.message));
    socket.on("close", () => this.#end("the connection was closed"));
  }

  /** Connects; rejects when nobody listens. */
  static open(endpoint: string): Promise<Http1Connection> {
    const [host = "", port = ""] = endpoint.split(":");
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port) }, () => resolve(new Http1Connection(socket)));
      socket.once("error", reject);
    });
  }

  /** Sends a request that is encoded already. */
  send(request: string | Buffer, answered: Answered): void {
    this.#answered = answered;
    this.#socket.write(request);
  }

  #onData(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const answer = this.#received;
    if (!isWhole(answer)) return;
    this.#received = Buffer.alloc(0);
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(undefined, Number(answer.toString("latin1", 9, 12)), answer);
  }

  #end(reason: string): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(reason, 0, this.#received);
  }
}

/** Whether an answer is complete: by its length, or by its last chunk. */
function isWhole(answer: Buffer): boolean {
  const at = answer.indexOf(headEnd);
  if (at < 0) return false;
  const head = answer.toString("latin1", 0, at);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return answer.length >= at + headEnd.length + Number(length);
  return answer.subarray(-lastChunk.length).equals(lastChunk);
}
