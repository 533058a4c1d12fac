/**
 * The one way in for unary calls of the v3 API: decodes the request, hands it to a handler, encodes its answer or error.
 * A request that does not decode gets the text that gRPC's Go server gives; an error of ours its code and exact text; anything
 * unforeseen is logged and answered as Internal without detail.
 */
import { DecodeError, EtcdError, grpcCodes, type MethodInfo, type ResponseHeader } from "@etcd-ts/proto";
import type { GrpcServer, UnaryCall } from "@etcd-ts/wire";
import type { Member } from "../../member/index.ts";
import type { Logger } from "../../ports/index.ts";

/** Called once with the error or the response. */
export type Reply<Response> = (error: Error | undefined, response?: Response) => void;

/** Completes the header of an applied request's response, which names only the revision, before replying. */
export function completed<Response extends { header: ResponseHeader | undefined }>(
  member: Member,
  reply: Reply<Response>,
): Reply<Response> {
  return (error, response) => {
    if (response !== undefined) response.header = member.header(response.header?.revision ?? 0);
    reply(error, response);
  };
}

/** What the services need of a gRPC server: a place for their methods. */
export type V3Methods = Pick<GrpcServer, "unary" | "stream">;

/** Where handlers are registered. */
export interface V3Router {
  readonly server: V3Methods;
  readonly log: Logger;
}

/** Registers a handler that answers with a message. */
export function serveUnary<Request, Response>(
  router: V3Router,
  method: MethodInfo<Request, Response>,
  handle: (request: Request, reply: Reply<Response>, call: UnaryCall) => void,
): void {
  router.server.unary(method.path, (call) => {
    const reply: Reply<Response> = (error, response) => {
      if (error === undefined && response !== undefined) call.reply(method.response.encode(response));
      else failCall(router, call, error);
    };
    const request = decodeOrFail(router, { call, method });
    if (request === undefined) return;
    guard(router, call, () => handle(request, reply, call));
  });
}

/** Decodes a call's message; undefined when that failed and the call was answered. */
export function decodeOrFail<Request>(
  router: V3Router,
  from: { call: UnaryCall; method: MethodInfo<Request, unknown> },
): Request | undefined {
  try {
    return from.method.request.decode(from.call.message);
  } catch (error) {
    failCall(router, from.call, error);
    return undefined;
  }
}

/** Runs a handler; what it throws becomes the call's error. */
export function guard(router: V3Router, call: Failing, run: () => void): void {
  try {
    run();
  } catch (error) {
    failCall(router, call, error);
  }
}

/** What can be failed: a unary call. */
export interface Failing {
  readonly path: string;
  fail(status: { code: number; message: string }): void;
}

/** Ends a call with the status that belongs to the error. */
export function failCall(router: V3Router, call: Failing, error: unknown): void {
  const status = statusOf(error);
  if (status.code === grpcCodes.internal && !(error instanceof DecodeError)) {
    router.log.error("request failed unexpectedly", { method: call.path, error: String(error) });
  }
  call.fail(status);
}

/** The gRPC status of an error. */
export function statusOf(error: unknown): { code: number; message: string } {
  if (error instanceof EtcdError) return { code: error.grpc, message: error.text };
  if (error instanceof DecodeError) {
    return { code: grpcCodes.internal, message: `grpc: error unmarshalling request: ${error.message}` };
  }
  return { code: grpcCodes.internal, message: "internal error" };
}
