/**
 * A unary call of a client.
 */

import type { GrpcClient } from "./client.ts";
import { GrpcClientCall } from "./client-call.ts";
import type { CallEnd, ClientCall, UnaryResult } from "./client-calls.ts";
import type { RequestOptions } from "./client-request.ts";
import {
  canSendMessage,
  messageFrameSize,
  putMessage,
  putMessageHead,
  queueMessage,
  spendWindow,
} from "./message-frame.ts";
import { GrpcCode } from "./status.ts";

/** What a unary call sends and whom it answers. */
export interface UnaryRequest {
  readonly path: string;
  readonly message: Uint8Array;
  readonly options: RequestOptions;
  readonly done: (result: UnaryResult) => void;
}

/** One request, one answer. */
export class GrpcClientUnaryCall extends GrpcClientCall implements ClientCall {
  readonly #done: (result: UnaryResult) => void;
  readonly #request: Uint8Array;
  #answer: Uint8Array | undefined = undefined;

  constructor(owner: GrpcClient, request: UnaryRequest) {
    super(owner, request.path, request.options);
    this.#request = request.message;
    this.#done = request.done;
  }

  override begin(): void {
    const { connection, id } = this;
    const message = this.#request;
    const size = message.length;
    this.owner.writer.write(id, this.path, this.options);
    if (canSendMessage(this, size)) {
      const { out } = connection;
      const at = out.reserve(messageFrameSize(size));
      putMessage(out.bytes, putMessageHead(out.bytes, at, id, size, true), message);
      spendWindow(this, size);
      this.localClosed = true;
    } else {
      this.endsWithData = true;
      queueMessage(this, message);
    }
    connection.scheduleFlush();
  }

  protected override onHead(): void {}

  protected override onWholeMessage(message: Uint8Array): void {
    if (this.#answer === undefined) this.#answer = message;
    else this.giveUp(GrpcCode.internal, "a unary call was answered twice");
  }

  protected override onEnded({ code, message, trailers }: CallEnd): void {
    const answer = this.#answer;
    if (code !== GrpcCode.ok) this.#done({ ok: false, code, message, trailers });
    else if (answer !== undefined) this.#done({ ok: true, message: answer, trailers });
    else this.#done({ ok: false, code: GrpcCode.internal, message: "a unary call was not answered", trailers });
  }

  override onSent(): void {}
}
