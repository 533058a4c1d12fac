/**
 * What clients did and saw, in the order they saw it, in the form that the checkers of the simulation judge. Requests go out over
 * gRPC of another make (@grpc/grpc-js), one connection for each life of a member, so that an answer is never
 * taken for that of an earlier life.
 */

import { type MethodInfo, services } from "@etcd-ts/proto";
import * as grpc from "@grpc/grpc-js";
import { type Answer, type AnyCall, type History, methods, type Request, type WatchLog } from "../sim/index.ts";

/** One life of a member, and the connection to it. */
export class Seat {
  readonly name: string;
  readonly machine: number;
  readonly life: number;
  readonly #client: grpc.Client;
  #isClosed = false;

  constructor(member: { name: string; machine: number; life: number; endpoint: string }) {
    this.name = member.name;
    this.machine = member.machine;
    this.life = member.life;
    this.#client = new grpc.Client(member.endpoint, grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 20,
      "grpc.max_reconnect_backoff_ms": 200,
    });
  }

  /** Calls a method; keeping a lease alive is a stream that ends with its first answer. */
  call<I, O>(method: MethodInfo<I, O>, request: I, timeoutMs: number): Promise<Answer<O>> {
    if (this.#isClosed) return Promise.resolve({ ok: false, code: grpc.status.UNAVAILABLE, text: "that life is over" });
    if (method.kind === "bidi") return this.#callStream(method, request, timeoutMs);
    const [encode, decode] = codecOf(method);
    const options = { deadline: Date.now() + timeoutMs };
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(method.path, encode, decode, request, options, (error, response) => {
        if (error !== null) resolve({ ok: false, code: error.code, text: error.details });
        else resolve({ ok: true, response: response as O });
      });
    });
  }

  /** Opens a stream; its errors must be listened to. */
  open<I, O>(method: MethodInfo<I, O>, timeoutMs?: number): grpc.ClientDuplexStream<I, O> {
    const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
    return this.#client.makeBidiStreamRequest(method.path, ...codecOf(method), options);
  }

  #callStream<I, O>(method: MethodInfo<I, O>, request: I, timeoutMs: number): Promise<Answer<O>> {
    const stream = this.open(method, timeoutMs);
    return new Promise((resolve) => {
      stream.once("data", (response: O) => {
        resolve({ ok: true, response });
        stream.cancel();
      });
      stream.on("error", ({ code, details }: grpc.ServiceError) => resolve({ ok: false, code, text: details }));
      stream.on("end", () => resolve({ ok: false, code: grpc.status.UNKNOWN, text: "the stream ended" }));
      stream.write(request);
    });
  }

  /** Ends the connection: the life is over. */
  close(): void {
    this.#isClosed = true;
    this.#client.close();
  }
}

function codecOf<I, O>(method: MethodInfo<I, O>): [encode: (message: I) => Buffer, decode: (bytes: Buffer) => O] {
  return [(message) => Buffer.from(method.request.encode(message)), (bytes) => method.response.decode(bytes)];
}

/** The history while it is written. */
export class Recorder {
  readonly history: History = { calls: [], observer: logOf(-1), watches: [] };
  #sequence = 0;
  /** Highest revision that any client was told. */
  latest = 1;
  /** Highest revision that the observer was told. */
  observed = 1;
  /** Highest term that any answer was given in. */
  term = 0;
  answered = 0;

  nextSequence(): number {
    return ++this.#sequence;
  }

  /** Notes a revision that somebody was told. */
  saw(revision: number): void {
    this.latest = Math.max(this.latest, revision);
  }

  /** Sends a request and writes down what becomes of it. */
  async send({ kind, request }: Request, { seat, step, timeoutMs }: SendOptions): Promise<AnyCall> {
    const call = {
      kind,
      step,
      machine: seat.machine,
      life: seat.life,
      request,
      calledAt: this.nextSequence(),
      calledMs: performance.now(),
      returnedAt: Number.POSITIVE_INFINITY,
      returnedMs: Number.POSITIVE_INFINITY,
      response: undefined,
      error: undefined,
    } as unknown as AnyCall;
    this.history.calls.push(call);
    this.#finish(call, await seat.call(methods[kind] as MethodInfo<unknown, never>, request, timeoutMs));
    return call;
  }

  #finish(call: AnyCall, answer: Answer<AnyCall["response"]>): void {
    call.returnedAt = this.nextSequence();
    call.returnedMs = performance.now();
    if (!answer.ok) {
      call.error = answer.text;
      return;
    }
    call.response = answer.response as never;
    this.answered++;
    this.saw(answer.response?.header?.revision ?? 0);
    this.term = Math.max(this.term, answer.response?.header?.raftTerm ?? 0);
  }
}

/** Where a request goes, which step it belongs to, and how long it may take. */
export interface SendOptions {
  readonly seat: Seat;
  readonly step: number;
  readonly timeoutMs: number;
}

/** An empty log of a watch for everything. */
export function logOf(step: number): WatchLog {
  return { step, key: "\0", end: "\0", prevKv: true, filters: [], told: [] };
}

/** The watch service. */
export const watchMethod = services.Watch.Watch;
