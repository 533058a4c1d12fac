/**
 * The v2 API of a simulated member: the route that its HTTP listener would call, and requests as clients send them. So the
 * simulated requests take the same way through forms, checks, log and tree as real ones.
 */
import {
  type Clock,
  createV2Routes,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Member,
  V2AuthGuard,
  V2AuthStore,
  type V2Dialect,
  v2MemberOf,
} from "@etcd-ts/server";

/** What the API is made from. */
export interface V2DoorParts {
  readonly member: Member;
  readonly clock: Clock;
  readonly dialect: V2Dialect;
}

/** Parameters of a request; what is undefined is not sent. */
export type V2Form = Readonly<Record<string, string | undefined>>;

/** A request on a key. */
export interface V2Asked {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** The key, from `/` on. */
  readonly key: string;
  readonly form: V2Form;
}

/** No schedule turns authentication on. */
const passwords = {
  hash: () => Promise.reject(new Error("no schedule makes users")),
  matches: () => Promise.resolve(false),
};
const encoder = new TextEncoder();

/** Opens the API of a member. */
export function openV2({ member: inner, clock, dialect }: V2DoorParts): HttpRoute {
  const member = v2MemberOf(inner, { clock, stats: undefined });
  const store = new V2AuthStore({ member, passwords });
  const guard = new V2AuthGuard({ store, passwords, trustsCertificates: false });
  return createV2Routes({ member, dialect, auth: { store, guard } });
}

/** Sends a request; whatever the handler throws is an answer with status 500, as the listener gives. */
export async function askV2(route: HttpRoute, asked: V2Asked, signal: AbortSignal): Promise<HttpResponse> {
  try {
    const answer = await route(requestOf(asked, signal));
    return answer ?? { status: 404, headers: {}, body: "" };
  } catch (error) {
    return { status: 500, headers: {}, body: String(error) };
  }
}

function requestOf({ method, key, form }: V2Asked, signal: AbortSignal): HttpRequest {
  const text = textOf(form);
  const inBody = method === "PUT" || method === "POST";
  return {
    method,
    path: `/v2/keys${key}`,
    query: inBody ? "" : text,
    headers: inBody ? { "content-type": "application/x-www-form-urlencoded" } : {},
    body: inBody ? encoder.encode(text) : new Uint8Array(0),
    tls: undefined,
    remoteAddress: "simulation",
    signal,
  };
}

/** A form as it is sent. */
export function textOf(form: V2Form): string {
  const pairs = Object.entries(form).filter(([, value]) => value !== undefined);
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`).join("&");
}
