/**
 * Cross-origin headers as releases before 3.0 send them: only where origins are configured, and each release a few more
 * than the one before. OPTIONS is answered for every path, whoever asks.
 */
import type { HttpHandler, HttpRequest } from "../../ports/index.ts";

/** The headers of one release. */
export interface CorsForm {
  /** Sent with the allowed origin. */
  readonly others: Readonly<Record<string, string>>;
  /** Whether OPTIONS is answered at all: 0.2 did not know it. */
  readonly answersOptions: boolean;
  /** 0.2 left the header out where no handler was found. */
  readonly skipsNotFound: boolean;
}

const methods = { "Access-Control-Allow-Methods": "POST, GET, OPTIONS, PUT, DELETE" };
const headers = (names: string): Record<string, string> => ({ "Access-Control-Allow-Headers": names });

/** What each release sends. */
export const corsForms: Readonly<Record<"0.2" | "0.3" | "0.4" | "2.3", CorsForm>> = {
  "0.2": { others: {}, answersOptions: false, skipsNotFound: true },
  "0.3": { others: methods, answersOptions: true, skipsNotFound: false },
  "0.4": { others: { ...methods, ...headers("accept, content-type") }, answersOptions: true, skipsNotFound: false },
  "2.3": {
    others: { ...methods, ...headers("accept, content-type, authorization") },
    answersOptions: true,
    skipsNotFound: false,
  },
};

/** Adds the headers to what a handler answers. `origins` may hold `*`; empty, nothing is added. */
export function withCors(
  handler: HttpHandler,
  { origins, form }: { origins: readonly string[]; form: CorsForm },
): HttpHandler {
  const allowed = new Set(origins);
  return async (request) => {
    const added = corsHeaders(request, { allowed, form });
    if (request.method === "OPTIONS" && form.answersOptions) return { status: 200, headers: added, body: "" };
    const response = await handler(request);
    if (form.skipsNotFound && response.status === 404) return response;
    return { ...response, headers: { ...added, ...response.headers } };
  };
}

function corsHeaders(
  request: HttpRequest,
  { allowed, form }: { allowed: ReadonlySet<string>; form: CorsForm },
): Readonly<Record<string, string>> {
  const origin = allowed.has("*") ? "*" : request.headers["origin"];
  if (origin === undefined || !allowed.has(origin)) return {};
  return { ...form.others, "Access-Control-Allow-Origin": origin };
}
