/**
 * `LoadClient` on packages/wire: a few microseconds a call, so that the generator leaves the processors to the server.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { GrpcClient } from "@etcd-ts/wire";
import { NodeByteStream, NodeClock } from "@etcd-ts/wire/node";
import type { LoadClient } from "./load-client.ts";

const clock = new NodeClock();
/** etcd's gRPC library pings and opens windows for nearly every call; a client need not defend itself against that. */
const limits = { idleFrameBurst: Number.POSITIVE_INFINITY, idleFramesPerSecond: Number.POSITIVE_INFINITY };
const empty = new Uint8Array(0);

/** Opens a connection; settles when it has answered a call, so that no load measures its beginning. */
export async function connectWire(endpoint: string): Promise<LoadClient> {
  const [host = "", port = ""] = endpoint.split(":");
  const socket = connect(Number(port), host);
  await once(socket, "connect");
  const client = new GrpcClient(new NodeByteStream(socket), { clock, authority: endpoint, limits });
  await new Promise<void>((resolve, reject) => {
    client.unary("/etcdserverpb.Maintenance/Status", empty, {}, (result) => {
      if (result.ok) resolve();
      else reject(new Error(`${result.code} ${result.message}`));
    });
  });
  return {
    unary: (path, request, done) => {
      client.unary(path, request, {}, (result) => {
        if (result.ok) done(undefined, result.message);
        else done(`${result.code} ${result.message}`, empty);
      });
    },
    bidi: (path, { onMessage, onEnd }) => {
      const stream = client.stream(path, {}, { onMessage, onEnd: ({ code, message }) => onEnd(`${code} ${message}`) });
      return { send: (message) => void stream.send(message) };
    },
    close: () => client.close(),
  };
}
