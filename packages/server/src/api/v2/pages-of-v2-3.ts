/** What 2.3 wrote otherwise on the pages for operators, whose content is the same as 3.4's. */
import type { HttpHandler, HttpResponse } from "../../ports/index.ts";

/** Puts answers of 3.4's pages into the words of 2.3. */
export function asPagesOf23(handler: HttpHandler): HttpHandler {
  return async (request) => {
    const response = await handler(request);
    if (request.path === "/health") return { ...response, body: spaced(response.body) };
    if (request.path !== "/metrics" || response.status !== 200) return response;
    return { ...response, headers: { ...response.headers, "Content-Type": "text/plain; version=0.0.4" } };
  };
}

/** 2.3 gave no reason when it was not well. */
function spaced(body: HttpResponse["body"]): HttpResponse["body"] {
  return typeof body === "string" ? body.replace(/\{"health":"(true|false)"[^}]*\}/, '{"health": "$1"}') : body;
}
