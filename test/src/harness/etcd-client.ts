/**
 * A plain etcd v3 client on @grpc/grpc-js and the message files of the npm package `etcd3`: independent of this
 * project's own wire and codecs on purpose, so that a mistake in those cannot hide itself from the suites.
 * Messages are what proto-loader makes of them: camelCase, 64-bit integers as decimal strings, bytes as Buffer.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { loadSync, type MethodDefinition } from "@grpc/proto-loader";

/** A message as proto-loader decodes it; the suites read what they know to be there. */
// biome-ignore lint/suspicious/noExplicitAny: the messages are described at run time only.
export type Message = any;

/** A bidirectional stream; errors end it and must be listened to. */
export type Stream = grpc.ClientDuplexStream<Message, Message>;

const protoFolder = join(dirname(createRequire(import.meta.url).resolve("etcd3/package.json")), "proto");
const definitions = loadSync(join(protoFolder, "rpc.proto"), {
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  includeDirs: [protoFolder],
});

/** One connection to one server. */
export class EtcdClient {
  readonly #client: grpc.Client;

  constructor(endpoint: string) {
    this.#client = new grpc.Client(endpoint, grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.initial_reconnect_backoff_ms": 20,
      "grpc.max_reconnect_backoff_ms": 200,
    });
  }

  /** Calls `KV.Put` and its like; rejects with grpc-js's error, whose `code` and `details` are the server's. */
  call(method: string, request: Message, timeoutMs = 10_000): Promise<Message> {
    const { path, requestSerialize, responseDeserialize } = methodOf(method);
    const deadline = Date.now() + timeoutMs;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        (message: Message) => requestSerialize(message),
        responseDeserialize,
        request,
        { deadline },
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
  }

  /** Opens `Watch.Watch` or `Lease.LeaseKeepAlive`. */
  stream(method: string): Stream {
    const { path, requestSerialize, responseDeserialize } = methodOf(method);
    return this.#client.makeBidiStreamRequest(
      path,
      (message: Message) => requestSerialize(message),
      responseDeserialize,
    );
  }

  /** Closes the connection; calls under way fail. */
  close(): void {
    this.#client.close();
  }
}

function methodOf(name: string): MethodDefinition<Message, Message> {
  const [service = "", method = ""] = name.split(".");
  const found = (definitions[`etcdserverpb.${service}`] as Record<string, MethodDefinition<Message, Message>>)[method];
  if (found === undefined) throw new Error(`no method ${name}`);
  return found;
}
