/**
 * The way out for messages while there is no stream: one POST each, a few at a time.
 * Bounds: `queuedMax` messages wait; one beyond is refused.
 */
import { raftpb } from "@etcd-ts/proto";
import type { Message } from "@etcd-ts/raft";
import type { PeerConnector, PeerIdentity } from "../ports/index.ts";
import { requestHeaders, textOf } from "./peer-headers.ts";
import type { UrlPicker } from "./url-picker.ts";

const parallelMax = 4;
const queuedMax = 64;
const answerTimeoutMs = 5_000;

/** Where posted messages go. */
export interface PipelineParts {
  readonly self: PeerIdentity;
  readonly connector: PeerConnector;
  readonly urls: UrlPicker;
}

/** What happens to posted messages. */
export interface PipelineEvents {
  onSent(bytes: number): void;
  onFailed(message: Message, reason: string): void;
}

export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #events: PipelineEvents;
  readonly #queue: Message[] = [];
  #inFlight = 0;
  #stopped = false;

  constructor(parts: PipelineParts, events: PipelineEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Queues a message; false when too many wait. */
  push(message: Message): boolean {
    if (this.#queue.length >= queuedMax) return false;
    this.#queue.push(message);
    this.#next();
    return true;
  }

  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
  }

  #next(): void {
    while (this.#inFlight < parallelMax && this.#queue.length > 0) {
      this.#inFlight++;
      void this.#post(this.#queue.shift()!);
    }
  }

  async #post(message: Message): Promise<void> {
    const problem = await this.#tryPost(message);
    this.#inFlight--;
    if (this.#stopped) return;
    if (problem !== undefined) this.#events.onFailed(message, problem);
    this.#next();
  }

  async #tryPost(message: Message): Promise<string | undefined> {
    const { self, connector, urls } = this.#parts;
    const url = urls.current;
    if (url === undefined) return "no address";
    const body = raftpb.Message.encode(message);
    const headers = { ...requestHeaders(self), "Content-Type": "application/protobuf" };
    try {
      const answer = await connector.request(url, {
        method: "POST",
        path: "/raft",
        headers,
        body,
        timeoutMs: answerTimeoutMs,
      });
      if (answer.status === 204) {
        this.#events.onSent(body.length);
        return undefined;
      }
      urls.failed(url);
      return `refused with status ${answer.status}: ${textOf(answer)}`;
    } catch (error) {
      urls.failed(url);
      return error instanceof Error ? error.message : String(error);
    }
  }
}
