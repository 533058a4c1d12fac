/**
 * The Watch service: one WatchStream of the hub for each call. The stream stays open when the client half-closes it, as in
 * etcd. Back pressure: while the connection cannot take more, the hub keeps events back and catches up from history, and
 * no further requests are read.
 */
import { services } from "@etcd-ts/proto";
import type { Member } from "../../member/index.ts";
import { serveStream } from "./stream.ts";
import type { V3Router } from "./unary.ts";

/** Registers the Watch call. */
export function registerWatch(router: V3Router, member: Member): void {
  serveStream(router, services.Watch.Watch, (call) => {
    const stream = member.watchHub.openStream({
      send: (response) => call.send(response),
      sendFramed: (frames, count) => call.sendFramed(frames, count),
    });
    call.onWritable(() => {
      stream.writable();
      if (!stream.paused) call.resumeReading();
    });
    return {
      onRequest(request) {
        if (request.createRequest !== undefined) stream.create(request.createRequest);
        else if (request.cancelRequest !== undefined) stream.cancel(request.cancelRequest.watchId);
        else if (request.progressRequest !== undefined) stream.progress();
        // Whoever asks on without taking the answers waits.
        if (stream.paused) call.pauseReading();
      },
      onCancel: () => stream.close(),
    };
  });
}
