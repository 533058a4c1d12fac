/**
 * The v3 key space of a cluster over gRPC: one connection at a time, to the first endpoint that takes it; after a failure the next
 * endpoint is tried. With a user, every connection begins with a login, whose token goes with each call.
 */
import { etcdserverpb, services } from "@etcd-ts/proto";
import { type ByteStream, GrpcClient, GrpcCode, Metadata } from "@etcd-ts/wire";
import type { Clock } from "../ports/index.ts";
import { ServiceAwayError } from "./patience.ts";
import type { V3Entry, V3Keys } from "./v3-keys.ts";

/** A way to an endpoint. */
export interface Endpoint {
  /** `host:port`, for the `:authority` of requests. */
  readonly authority: string;
  readonly scheme: "http" | "https";
  connect(): Promise<ByteStream>;
}

/** How to reach and log in to the servers that hold the keys. */
export interface GrpcKeysOptions {
  readonly endpoints: readonly Endpoint[];
  readonly requestTimeoutMs: number;
  /** Pause between two pings, at least ten seconds, as gRPC has it; 0: none. */
  readonly keepAliveMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Empty: no login. */
  readonly user: string;
  readonly password: string;
}

/** What may be over at the next try. */
const passing: ReadonlySet<number> = new Set([
  GrpcCode.cancelled,
  GrpcCode.deadlineExceeded,
  GrpcCode.resourceExhausted,
  GrpcCode.aborted,
  GrpcCode.unavailable,
]);

/** Servers end connections that are pinged more often. */
const keepAliveMsMin = 10_000;

interface Session {
  readonly client: GrpcClient;
  readonly metadata: Metadata | undefined;
}

interface Method<Request, Response> {
  readonly path: string;
  readonly request: { encode(message: Request): Uint8Array };
  readonly response: { decode(bytes: Uint8Array): Response };
}

export class GrpcKeys implements V3Keys {
  readonly #clock: Clock;
  readonly #options: GrpcKeysOptions;
  #session: Session | undefined;
  #next = 0;

  constructor({ clock }: { readonly clock: Clock }, options: GrpcKeysOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  async get(key: string): Promise<string | undefined> {
    const { kvs } = await this.#call(services.KV.Range, etcdserverpb.RangeRequest.create({ key: encode(key) }));
    return kvs[0] && decode(kvs[0].value).trim();
  }

  async list(prefix: string): Promise<{ entries: readonly V3Entry[]; revision: number }> {
    const { kvs, header } = await this.#call(services.KV.Range, etcdserverpb.RangeRequest.create(keysWith(prefix)));
    const entries = kvs.map(({ key, value, createRevision }) => {
      return { key: decode(key).trim(), value: decode(value).trim(), createRevision };
    });
    return { entries, revision: header?.revision ?? 0 };
  }

  async put(key: string, value: string): Promise<void> {
    const request = etcdserverpb.PutRequest.create({ key: encode(key), value: encode(value) });
    await this.#call(services.KV.Put, request);
  }

  async changeBehind(prefix: string, revision: number): Promise<void> {
    const { client, metadata } = await this.#open();
    const { path, request, response } = services.Watch.Watch;
    const createRequest = etcdserverpb.WatchCreateRequest.create({ ...keysWith(prefix), startRevision: revision + 1 });
    await new Promise<void>((resolve, reject) => {
      let isDone = false;
      const watch = client.stream(path, metadata === undefined ? {} : { metadata }, {
        onMessage: (message) => {
          if (isDone) return;
          const answer = decoded(response, message);
          if (!(answer instanceof Error) && answer.events.length === 0 && !answer.canceled) return;
          isDone = true;
          watch.cancel();
          if (answer instanceof Error) reject(answer);
          else resolve();
        },
        onEnd: ({ code, message }) => {
          if (!isDone) reject(this.#failure(code, message));
        },
      });
      watch.send(request.encode(etcdserverpb.WatchRequest.create({ createRequest })));
    });
  }

  close(): void {
    this.#session?.client.close();
    this.#session = undefined;
  }

  async #call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
    return this.#ask(await this.#open(), method, request);
  }

  #ask<Request, Response>(session: Session, { path, ...codecs }: Method<Request, Response>, request: Request) {
    const { client, metadata } = session;
    const options = { timeoutMs: this.#options.requestTimeoutMs, metadata };
    return new Promise<Response>((resolve, reject) => {
      client.unary(path, codecs.request.encode(request), options, (result) => {
        if (!result.ok) return reject(this.#failure(result.code, result.message));
        const answer = decoded(codecs.response, result.message);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    });
  }

  /** After a failure of any kind the next try goes over a new connection, which may lead to a healthier member. */
  #failure(code: number, message: string): Error {
    this.close();
    return passing.has(code) ? new ServiceAwayError(message) : new Error(message);
  }

  async #open(): Promise<Session> {
    if (this.#session?.client.isUsable) return this.#session;
    const { endpoints, user, password } = this.#options;
    const endpoint = endpoints[this.#next++ % endpoints.length]!;
    const client = await this.#connect(endpoint);
    this.#session = { client, metadata: undefined };
    if (user === "") return this.#session;
    const login = etcdserverpb.AuthenticateRequest.create({ name: user, password });
    const { token } = await this.#ask(this.#session, services.Auth.Authenticate, login);
    this.#session = { client, metadata: Metadata.of([["token", token]]) };
    return this.#session;
  }

  async #connect({ authority, scheme, connect }: Endpoint): Promise<GrpcClient> {
    const { keepAliveMs, keepAliveTimeoutMs } = this.#options;
    const keepaliveIntervalMs = keepAliveMs > 0 ? Math.max(keepAliveMs, keepAliveMsMin) : Number.POSITIVE_INFINITY;
    const limits = { keepaliveIntervalMs, keepaliveTimeoutMs: keepAliveTimeoutMs };
    try {
      return new GrpcClient(await connect(), { clock: this.#clock, authority, scheme, limits });
    } catch (error) {
      throw new ServiceAwayError(`${authority}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** The range of all keys that begin with a text: it ends where its last byte is one higher. */
function keysWith(prefix: string): { key: Uint8Array; rangeEnd: Uint8Array } {
  const rangeEnd = encode(prefix);
  rangeEnd[rangeEnd.length - 1]!++;
  return { key: encode(prefix), rangeEnd };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The message in an answer, or why it is none: thrown out of a callback it would end the process. */
function decoded<T>(codec: { decode(bytes: Uint8Array): T }, bytes: Uint8Array): T | Error {
  try {
    return codec.decode(bytes);
  } catch (error) {
    return error as Error;
  }
}
