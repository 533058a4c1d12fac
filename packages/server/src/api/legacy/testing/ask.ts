/** Asks a dialect's handler as a client would, without a socket. */
import type { HttpHandler, HttpResponse } from "../../../ports/index.ts";
import { FakeClock } from "../../../testing/index.ts";
import { dialectHandlers } from "./dialect-handlers.ts";
import { type Dialect, InProcessMember } from "./in-process-member.ts";

/** A request in short: `PUT /v2/keys/a`, with parameters for the body and headers. */
export interface Asked {
  readonly form?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** One member with the handlers of a dialect. */
export interface ServedDialect {
  readonly member: InProcessMember;
  readonly clock: FakeClock;
  readonly client: HttpHandler;
  readonly peer: HttpHandler;
  /** Asks the client port. */
  ask(line: string, asked?: Asked): Promise<HttpResponse>;
}

/** Serves a dialect over a member that has just begun. */
export function serveDialect(dialect: Dialect): ServedDialect {
  const clock = new FakeClock();
  const member = new InProcessMember({ dialect, name: "m0", peerUrl: "http://p:1", clientUrl: "http://c:1", clock });
  const handlers = dialectHandlers({ member, clock, dialect, cors: [] });
  return { member, clock, ...handlers, ask: (line, asked) => askHandler(handlers.client, line, asked) };
}

/** Asks a handler. */
export async function askHandler(handler: HttpHandler, line: string, asked: Asked = {}): Promise<HttpResponse> {
  const [method = "GET", target = "/"] = line.split(" ");
  const at = target.indexOf("?");
  const form = asked.form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
  const json = asked.json === undefined ? {} : { "content-type": "application/json" };
  return handler({
    method,
    path: at < 0 ? target : target.slice(0, at),
    query: at < 0 ? "" : target.slice(at + 1),
    headers: { ...form, ...json, ...asked.headers },
    body: new TextEncoder().encode(asked.form ?? (asked.json === undefined ? "" : JSON.stringify(asked.json))),
    tls: undefined,
    remoteAddress: "127.0.0.1:1",
    signal: asked.signal ?? new AbortController().signal,
  });
}

/** The whole body as text; waits for the end of a stream. */
export async function textOf({ body }: HttpResponse): Promise<string> {
  if (typeof body === "string") return body;
  const decoder = new TextDecoder();
  if (body instanceof Uint8Array) return decoder.decode(body);
  let text = "";
  for await (const piece of body) text += decoder.decode(piece);
  return text;
}

/** Lets everything happen that waits for nothing but promises. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
