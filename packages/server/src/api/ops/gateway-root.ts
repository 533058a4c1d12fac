/**
 * What stands around the JSON gateway: `/v3` leads to `/v3/`, and a path below it that no method has is not found, in the
 * gateway's own words, which are not those of the rest of the server.
 */
import type { HttpRoute } from "../../ports/index.ts";

const html = { "Content-Type": "text/html; charset=utf-8", Location: "/v3/" };
const text = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" };

/** Answers `/v3` and whatever below it is left over by the gateway's methods. */
export function createGatewayRoot(): HttpRoute {
  return ({ path }) => {
    if (path === "/v3") return { status: 301, headers: html, body: '<a href="/v3/">Moved Permanently</a>.\n\n' };
    if (path.startsWith("/v3/")) return { status: 404, headers: text, body: "Not Found\n" };
    return undefined;
  };
}
