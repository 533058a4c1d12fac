/**
 * The one way in for streaming calls of the v3 API: decodes each message and hands it to the handler the call was
 * opened with. A message that does not decode ends the call with the text that gRPC's Go server gives.
 */
import type { MethodInfo } from "@etcd-ts/proto";
import type { StreamCall } from "@etcd-ts/wire";
import { statusOf, type V3Router } from "./unary.ts";

/** What a handler does with one call; all run on the event loop, in the order things arrived. */
export interface StreamHandler<Request> {
  onRequest(request: Request): void;
  /** The client sends nothing more; absent when the call simply goes on. */
  onHalfClose?(): void;
  /** The call ended from outside: cancelled, deadline passed or connection lost. */
  onCancel?(): void;
}

/** Registers a handler, made anew for each call. */
export function serveStream<Request, Response>(
  router: V3Router,
  method: MethodInfo<Request, Response>,
  open: (call: StreamCall) => StreamHandler<Request>,
): void {
  router.server.stream(method.path, (call) => {
    const handler = open(call);
    call.onMessage((message) => {
      try {
        handler.onRequest(method.request.decode(message));
      } catch (error) {
        handler.onCancel?.();
        call.end(statusOf(error));
      }
    });
    call.onHalfClose(() => handler.onHalfClose?.());
    call.onCancel(() => handler.onCancel?.());
  });
}
