/**
 * A streaming call that can be ended from outside, because the cluster lost its leader. To its handler it is the call itself;
 * whoever holds it is told once when it is over.
 */
import type { GrpcStatus, Metadata, StreamCall } from "@etcd-ts/wire";

/** Passes everything on to the call. */
export class LeaderStream implements StreamCall {
  readonly #call: StreamCall;
  #onOver: (() => void) | undefined;
  #onCancel: (() => void) | undefined;

  /** `onOver` is called once: when the handler or the caller ends the call, or when it is lost. */
  constructor(call: StreamCall, onOver: () => void) {
    this.#call = call;
    this.#onOver = onOver;
    call.onCancel(() => this.#cancel());
  }

  /** Ends the call with a status, and tells the handler as if the caller had gone. */
  lose(status: GrpcStatus): void {
    this.#call.end(status);
    this.#cancel();
  }

  get path(): string {
    return this.#call.path;
  }

  get metadata(): Metadata {
    return this.#call.metadata;
  }

  get peer(): StreamCall["peer"] {
    return this.#call.peer;
  }

  get deadlineMs(): number | undefined {
    return this.#call.deadlineMs;
  }

  get cancelled(): boolean {
    return this.#call.cancelled;
  }

  onCancel(run: () => void): void {
    this.#onCancel = run;
  }

  end(status?: GrpcStatus): void {
    this.#call.end(status);
    this.#onCancel = undefined;
    this.#over();
  }

  onMessage(run: (message: Uint8Array) => void): void {
    this.#call.onMessage(run);
  }

  onHalfClose(run: () => void): void {
    this.#call.onHalfClose(run);
  }

  sendHeaders(metadata?: Metadata): void {
    this.#call.sendHeaders(metadata);
  }

  send(message: Uint8Array): boolean {
    return this.#call.send(message);
  }

  sendFramed(frames: Uint8Array, count: number): boolean {
    return this.#call.sendFramed(frames, count);
  }

  onWritable(run: () => void): void {
    this.#call.onWritable(run);
  }

  limitStalls(): void {
    this.#call.limitStalls();
  }

  pauseReading(): void {
    this.#call.pauseReading();
  }

  resumeReading(): void {
    this.#call.resumeReading();
  }

  #cancel(): void {
    const run = this.#onCancel;
    this.#onCancel = undefined;
    this.#over();
    run?.();
  }

  #over(): void {
    const run = this.#onOver;
    this.#onOver = undefined;
    run?.();
  }
}
