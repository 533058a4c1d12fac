/**
 * The answers Go's HTTP library gives on its own, which clients of etcd have seen for years: plain text with a newline,
 * and a header that forbids guessing the type.
 */
import type { HttpHandler, HttpRequest, HttpResponse, HttpRoute } from "../../ports/index.ts";

/** An error in Go's form. */
export function goError(status: number, text: string): HttpResponse {
  return {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
    body: `${text}\n`,
  };
}

/** The answer to a path nobody serves. */
export function notFound(): HttpResponse {
  return goError(404, "404 page not found");
}

/** Refuses every method but one; HEAD is refused where only GET is taken, as in etcd. */
export function wrongMethod(request: HttpRequest, allowed: string): HttpResponse | undefined {
  if (request.method === allowed) return undefined;
  const refusal = goError(405, "Method Not Allowed");
  return { ...refusal, headers: { ...refusal.headers, Allow: allowed } };
}

/** Asks the routes in turn; the first that knows the path answers. */
export function firstRoute(routes: readonly HttpRoute[]): HttpHandler {
  return (request) => {
    for (const route of routes) {
      const response = route(request);
      if (response !== undefined) return response;
    }
    return notFound();
  };
}
